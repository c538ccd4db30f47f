import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BusUser, ServiceName } from "@sluice/contracts/service-name";
import { busUserSchema } from "@sluice/contracts/service-name";
import type { NatsServer } from "@sluice/servers/nats-server";
import { createNkey } from "@sluice/servers/nkey";
import { startTestNatsServer } from "@sluice/servers/testing/test-servers";
import { createLogger } from "@sluice/telemetry/logger";
import { createMeshMetrics } from "@sluice/telemetry/mesh-metrics";
import type { Bus, BusConnection } from "../bus.ts";
import { connectBus, connectOperator, openConnection } from "../connect.ts";
import { setTimings } from "../internal/exchange.ts";
import { busPermissions } from "../permissions.ts";
import { type ProvisionOptions, provisionBus } from "../provision.ts";
import type { BusTimings } from "../timings.ts";
import { StrictHub } from "./strict-hub.ts";

/** Over which transport the buses of tests send requests and replies; a project of vitest chooses. @default nats */
export const testTransport = process.env.SLUICE_TEST_TRANSPORT ?? "nats";

/** A real nats-server with the mesh's users, streams and buckets, for tests. */
export interface TestBus {
  readonly server: NatsServer;
  /** Connects as an instance of a service with the rights that it has. */
  connect(service: ServiceName, timings?: Partial<BusTimings>): Promise<Bus>;
  /** Connects with the rights of the supervisor and the command line. */
  connectOperator(): Promise<BusConnection>;
  /** What someone needs to connect by other means. */
  credentials(user: BusUser): { servers: string; nkeySeed: string };
  /** Takes a stream away, as if nobody had made it. */
  deleteStream(name: string): Promise<void>;
  /** Ends the server and starts it again on the same port with the same data. */
  restartServer(): Promise<void>;
  /** The same, with nothing of the data; streams and buckets are made anew once the server is there again. */
  restartServerWithoutDisk(): Promise<void>;
  /** Ends the server; `restartServer` brings it back. */
  stopServer(): Promise<void>;
  /** Closes every connection and ends the server. */
  stop(): Promise<void>;
}

/** @param options of the streams, such as a small event stream that fills up */
export async function startTestBus(options: Partial<ProvisionOptions> = {}): Promise<TestBus> {
  const dataDir = await mkdtemp(join(tmpdir(), "sluice-bus-"));
  const keys = new Map(busUserSchema.options.map((name) => [name, createNkey()]));
  const users = [...keys].map(([name, { publicKey }]) => ({
    name,
    publicNkey: publicKey,
    ...busPermissions(name),
  }));
  let server = await startTestNatsServer({ users, dataDir });
  const { port } = server;
  const credentials = (user: BusUser) => ({ servers: server.url, nkeySeed: keys.get(user)?.seed ?? "" });
  await provisionBus({ ...credentials("operator"), ...options });
  const connected: BusConnection[] = [];
  const hub = testTransport === "in-process" ? new StrictHub() : undefined;
  return {
    get server() {
      return server;
    },
    credentials,
    connect: async (service, timings) => {
      const instance = `${service}-${randomBytes(6).toString("hex")}`;
      const logger = createLogger({ service, instance, level: "silent" });
      const metrics = createMeshMetrics({ service, instance });
      const own = { service, instance, logger, metrics };
      const bus = await (hub === undefined || service === "ledger"
        ? connectBus({ ...credentials(service), ...own })
        : connectBus({ ...credentials("compact"), ...own, hub }));
      if (timings !== undefined) setTimings(bus, timings);
      connected.push(bus);
      return bus;
    },
    connectOperator: async () => {
      const logger = createLogger({ service: "operator", instance: "test", level: "silent" });
      const bus = await connectOperator({ ...credentials("operator"), logger });
      connected.push(bus);
      return bus;
    },
    deleteStream: async (name) => {
      const connection = await openConnection(credentials("operator"), "operator", 5000);
      await (await connection.jetstreamManager()).streams.delete(name);
      await connection.close();
    },
    stopServer: () => server.stop(),
    restartServer: async () => {
      await server.stop();
      server = await startTestNatsServer({ users, port, dataDir });
    },
    restartServerWithoutDisk: async () => {
      await server.stop();
      await rm(dataDir, { recursive: true, force: true });
      server = await startTestNatsServer({ users, port, dataDir });
      await provisionBus({ ...credentials("operator"), ...options });
    },
    stop: async () => {
      await Promise.all(connected.map((bus) => bus.drain()));
      await server.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
