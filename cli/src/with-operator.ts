import type { BusConnection } from "@sluice/bus/bus";
import { connectOperator } from "@sluice/bus/connect";
import { SluiceError } from "@sluice/contracts/sluice-error";
import { createLogger } from "@sluice/telemetry/logger";
import { CommandError } from "./command-error.ts";
import { findBus } from "./find-mesh.ts";
import type { Terminal } from "./terminal.ts";

/**
 * Connects to the bus as its operator for the time of some work.
 * @throws CommandError when there is no mesh; what the work throws
 */
export async function withOperator<Result>(
  terminal: Terminal,
  work: (bus: BusConnection) => Promise<Result>,
): Promise<Result> {
  const address = await findBus(terminal);
  const logger = createLogger({ service: "cli", instance: "cli", level: "silent" });
  const bus = await reachingBus(address.servers, () => connectOperator({ ...address, logger }));
  try {
    return await work(bus);
  } finally {
    await bus.drain();
  }
}

/** Says of a bus that does not answer where it was looked for. @throws CommandError */
export async function reachingBus<Result>(servers: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (cause) {
    if (!(cause instanceof SluiceError) || cause.code !== "bus_unavailable") throw cause;
    throw new CommandError(
      `No mesh answers at ${withoutPassword(servers)}: start it with npm start, or set NATS_URL.`,
      { cause },
    );
  }
}

function withoutPassword(servers: string): string {
  return servers.replaceAll(/\/\/[^/@,]*@/g, "//");
}
