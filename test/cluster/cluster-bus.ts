import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type NatsCluster, startNatsCluster } from "@sluice/servers/nats-cluster";
import { connect, type NatsConnection, nkeyAuthenticator } from "nats";

/** One user for all, as where the bus is somebody else's. */
const user = { name: "sluice", publish: [">"], subscribe: [">"] };

/** Three nats-servers that a mesh can be started on. */
export interface ClusterBus {
  cluster: NatsCluster;
  /** What the mesh is told of it, for three copies of each stream. */
  environment: Record<string, string>;
  connectToBus(): Promise<NatsConnection>;
  stop(): Promise<void>;
}

export async function startClusterBus(): Promise<ClusterBus> {
  const cluster = await startNatsCluster({ users: [user] });
  const folder = await mkdtemp(join(tmpdir(), "sluice-cluster-key-"));
  const seed = cluster.seeds[user.name] ?? "";
  const seedFile = join(folder, "sluice.nk");
  await writeFile(seedFile, seed, { mode: 0o600 });
  return {
    cluster,
    environment: { NATS_URL: cluster.url, NATS_NKEY_SEED_FILE: seedFile, SLUICE_STREAM_REPLICAS: "3" },
    connectToBus: () =>
      connect({
        servers: cluster.url.split(","),
        authenticator: nkeyAuthenticator(new TextEncoder().encode(seed)),
      }),
    stop: async () => {
      await cluster.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
