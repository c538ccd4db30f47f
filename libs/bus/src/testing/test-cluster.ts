import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { type BusUser, busUserSchema, type ServiceName } from "@sluice/contracts/service-name";
import { type NatsCluster, type NatsNode, startNatsCluster } from "@sluice/servers/nats-cluster";
import { createLogger } from "@sluice/telemetry/logger";
import { createMeshMetrics } from "@sluice/telemetry/mesh-metrics";
import type { JetStreamManager, StreamInfo } from "nats";
import type { Bus, BusConnection } from "../bus.ts";
import { connectBus, connectOperator } from "../connect.ts";
import { connectionOf } from "../internal/connection.ts";
import { busPermissions } from "../permissions.ts";

/** Three real nats-servers that are one bus, with the mesh's users and no streams yet, for tests. */
export interface TestCluster {
  readonly cluster: NatsCluster;
  /** What someone needs to connect, to this node or to any. */
  credentials(user: BusUser, node?: NatsNode): { servers: string; nkeySeed: string };
  /** Connects as an instance of a service; first to this node, where one is given. */
  connect(service: ServiceName, node?: NatsNode): Promise<Bus>;
  connectOperator(): Promise<BusConnection>;
  /** JetStream's management with the operator's rights. */
  manager(): Promise<JetStreamManager>;
  /** The node that leads a stream. */
  leaderOf(stream: string): Promise<NatsNode>;
  /** Resolves when a stream has so many copies, each level with its leader. */
  untilCurrent(stream: string, copies: number): Promise<void>;
  stop(): Promise<void>;
}

/** Longest time until a node that was started again has caught up. */
const catchUpMs = 30_000;

export async function startTestCluster(): Promise<TestCluster> {
  const users = busUserSchema.options.map((name) => ({ name, ...busPermissions(name) }));
  const cluster = await startNatsCluster({ users });
  const connected: BusConnection[] = [];
  const credentials = (user: BusUser, node?: NatsNode) => ({
    servers: node?.url ?? cluster.url,
    nkeySeed: cluster.seeds[user] ?? "",
  });
  const connect = async (service: ServiceName, node?: NatsNode): Promise<Bus> => {
    const instance = `${service}-${randomBytes(6).toString("hex")}`;
    const logger = createLogger({ service, instance, level: "silent" });
    const metrics = createMeshMetrics({ service, instance });
    const bus = await connectBus({ ...credentials(service, node), service, instance, logger, metrics });
    connected.push(bus);
    return bus;
  };
  const connectAsOperator = async (): Promise<BusConnection> => {
    const logger = createLogger({ service: "operator", instance: "test", level: "silent" });
    const bus = await connectOperator({ ...credentials("operator"), logger });
    connected.push(bus);
    return bus;
  };
  const manager = async (): Promise<JetStreamManager> =>
    await connectionOf(await connectAsOperator()).jetstreamManager({ checkAPI: false });
  return {
    cluster,
    credentials,
    connect,
    connectOperator: connectAsOperator,
    manager,
    leaderOf: async (stream) => {
      const { cluster: state } = await (await manager()).streams.info(stream);
      return cluster.node(state?.leader ?? "");
    },
    untilCurrent: async (stream, copies) => {
      const streams = (await manager()).streams;
      const deadline = performance.now() + catchUpMs;
      for (;;) {
        const info = await streams.info(stream).catch(() => undefined);
        if (info !== undefined && currentCopies(info) === copies) return;
        if (performance.now() > deadline) throw new Error(`${stream} does not have ${copies} whole copies.`);
        await sleep(50);
      }
    },
    stop: async () => {
      await Promise.all(connected.map((bus) => bus.drain()));
      await cluster.stop();
    },
  };
}

/** Copies of a stream that have all that its leader has, the leader's own among them. */
function currentCopies({ cluster }: StreamInfo): number {
  if (cluster?.leader === undefined) return 0;
  return 1 + (cluster.replicas ?? []).filter(({ current, offline }) => current && offline !== true).length;
}
