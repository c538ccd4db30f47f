import { statfsSync } from "node:fs";
import { connectOperator } from "@sluice/bus/connect";
import { askJetStream } from "@sluice/bus/jetstream-health";
import { createLogger } from "@sluice/telemetry/logger";
import { watchJetStream } from "./jetstream-watch.ts";
import type { BusAddress } from "./mesh-servers.ts";

/** How long JetStream may take to answer. */
const patienceMs = 3000;

/**
 * Looks after the nats-server that was started here; one that runs elsewhere is looked after there.
 * @returns how to stop
 */
export async function watchBus(bus: BusAddress, tell: (line: string) => void): Promise<() => Promise<void>> {
  const { own } = bus;
  if (own === undefined) return () => Promise.resolve();
  const logger = createLogger({ service: "supervisor", instance: "supervisor", level: "silent" });
  const connection = await connectOperator({ servers: bus.url, nkeySeed: bus.operatorSeed, logger });
  const stop = watchJetStream({
    ask: () => askJetStream(connection, patienceMs),
    freeBytes: () => {
      const { bavail, bsize } = statfsSync(own.folder);
      return bavail * bsize;
    },
    kill: () => {
      if (own.kept.running !== undefined) process.kill(own.kept.running.pid, "SIGKILL");
    },
    tell,
  });
  return async () => {
    stop();
    await connection.drain();
  };
}
