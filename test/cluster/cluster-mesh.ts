import { setTimeout as sleep } from "node:timers/promises";
import type { NatsCluster, NatsNode } from "@sluice/servers/nats-cluster";
import type { JetStreamManager, StreamInfo } from "nats";
import { type FaultMesh, startFaultMesh } from "../faults/fault-mesh.ts";
import { startClusterBus } from "./cluster-bus.ts";

/** All that the mesh keeps on the bus. */
const streams = [
  "KV_sluice_configuration",
  "KV_sluice_virtual_keys",
  "OBJ_sluice_claims",
  "SLUICE_DEAD_LETTERS",
  "SLUICE_EVENTS",
];
/** Longest time until the streams have a leader, or a node that was started again has caught up. */
const patienceMs = 60_000;

/** A mesh of two of everything on three nats-servers, each stream with a copy on each. */
export interface ClusterMesh {
  faults: FaultMesh;
  cluster: NatsCluster;
  /** The node that leads the event stream. */
  eventLeader(): Promise<NatsNode>;
  /** Resolves when every stream has so many copies that are level with their leader. */
  untilCurrent(copies: number): Promise<void>;
  stop(): Promise<void>;
}

export async function startClusterMesh(): Promise<ClusterMesh> {
  const bus = await startClusterBus();
  const { cluster, connectToBus } = bus;
  const environment = { ...bus.environment, SLUICE_EVENT_STREAM_BYTES: "256MiB" };
  const faults = await startFaultMesh({ connectToBus, environment }).catch(async (error: unknown) => {
    await bus.stop();
    throw error;
  });
  const asking = async <Answer>(ask: (manager: JetStreamManager) => Promise<Answer>): Promise<Answer> => {
    const connection = await connectToBus();
    try {
      return await ask(await connection.jetstreamManager({ checkAPI: false, timeout: 2000 }));
    } finally {
      await connection.close();
    }
  };
  return {
    faults,
    cluster,
    eventLeader: () =>
      asking(async (manager) => {
        const info = await manager.streams.info("SLUICE_EVENTS");
        return cluster.node(info.cluster?.leader ?? "");
      }),
    untilCurrent: (copies) => asking((manager) => untilCurrent(manager, copies)),
    stop: async () => {
      await faults.stop();
      await bus.stop();
    },
  };
}

async function untilCurrent(manager: JetStreamManager, copies: number): Promise<void> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const infos = await Promise.all(streams.map((name) => manager.streams.info(name).catch(() => undefined)));
    const current = infos.map((info) => (info === undefined ? 0 : currentCopies(info)));
    if (current.every((count) => count >= copies)) return;
    if (performance.now() > deadline) throw new Error(`the streams have ${current.join(", ")} copies`);
    await sleep(100);
  }
}

/** Copies of a stream that have all that its leader has, the leader's own among them. */
function currentCopies({ cluster }: StreamInfo): number {
  if (!cluster?.leader) return 0;
  return 1 + (cluster.replicas ?? []).filter(({ current, offline }) => current && offline !== true).length;
}
