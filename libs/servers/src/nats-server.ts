import { randomBytes } from "node:crypto";
import { statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openDataFolder } from "./data-folder.ts";
import { findExecutable } from "./find-executable.ts";
import { type NatsConfiguration, type NatsUser, natsConfiguration } from "./nats-configuration.ts";
import { createNkey } from "./nkey.ts";
import { ServerError } from "./server-error.ts";
import { onPort } from "./server-port.ts";
import { type ServerCommand, startServerProcess, waitUntilReady } from "./server-process.ts";
import { converse } from "./text-conversation.ts";

/** A user of the bus. Without `publicNkey` a pair is made for this run, and {@link NatsServer.seeds} has its seed. */
export type NatsServerUser = Omit<NatsUser, "publicNkey"> & { publicNkey?: string };

export type NatsServerOptions = {
  /** Configuration, log and JetStream's files. @default a temporary folder, deleted by `stop()` */
  dataDir?: string;
  /** @default any free port */
  port?: number;
  /** Who may connect. @default everybody, with all rights */
  users?: readonly NatsServerUser[];
  /** Largest message in bytes. @default 1048576, as nats-server itself */
  maxPayloadBytes?: number;
  /** Takes what the server writes. @default `nats-server.log` in the data folder */
  logFile?: string;
  /** What JetStream's streams may take up together. @default three quarters of the whole disk */
  maxStoreBytes?: number;
  /** What makes it a node of a cluster; see {@link import("./nats-cluster.ts").startNatsCluster}. @default undefined */
  node?: Pick<NatsConfiguration, "serverName"> & Required<Pick<NatsConfiguration, "cluster" | "monitorPort">>;
};

export type NatsServer = {
  /** `nats://127.0.0.1:port`, without credentials. */
  url: string;
  port: number;
  pid: number;
  dataDir: string;
  /** Seeds of the users that came without a public nkey, by user name. */
  seeds: Record<string, string>;
  /** Resolves when the process has ended, for whatever reason. */
  ended: Promise<string>;
  /** @param graceMs How long it may take before it is killed. @default 4000 */
  stop(graceMs?: number): Promise<void>;
};

/**
 * Starts a real nats-server with JetStream on loopback and resolves when it takes connections.
 * Start it again with the same `dataDir` and `port` to get the same streams at the same address.
 *
 * @throws {ServerError} when it is not installed, the port is taken, or it ends at once.
 */
export async function startNatsServer(options: NatsServerOptions = {}): Promise<NatsServer> {
  const executable = findExecutable("nats-server");
  if (executable === undefined) {
    throw new ServerError(
      "missing",
      "nats-server is not installed: install it (Debian: apt-get install nats-server) or set NATS_URL.",
    );
  }
  const seeds: Record<string, string> = {};
  const users = options.users?.map((user) => ({
    ...user,
    publicNkey: user.publicNkey ?? makeKey(user.name, seeds),
  }));
  const folder = openDataFolder(options.dataDir, "nats");
  const configurationFile = join(folder.path, "nats-server.conf");
  const command: ServerCommand = {
    name: "nats-server",
    executable,
    arguments: ["--config", configurationFile],
    logFile: options.logFile ?? join(folder.path, "nats-server.log"),
  };

  try {
    return await onPort(options.port, async (port) => {
      const serverName = options.node?.serverName ?? `sluice-${randomBytes(6).toString("hex")}`;
      const configuration = natsConfiguration({
        serverName,
        port,
        storeFolder: folder.path,
        maxStoreBytes: options.maxStoreBytes ?? storeShare(folder.path),
        maxPayloadBytes: options.maxPayloadBytes ?? 1_048_576,
        ...(users === undefined ? {} : { users }),
        ...options.node,
      });
      writeFileSync(configurationFile, configuration, { mode: 0o600 });
      const server = await startServerProcess(command);
      await waitUntilReady(command, server, async () => {
        const greeting = await converse(port, "", (answer) => answer.includes("\r\n"));
        if (!greeting.includes(serverName)) throw new Error("Another server answers on this port.");
      });
      return {
        url: `nats://127.0.0.1:${port}`,
        port,
        pid: server.pid,
        dataDir: folder.path,
        seeds,
        ended: server.ended,
        async stop(graceMs) {
          await server.stop(graceMs);
          folder.discard();
        },
      };
    });
  } catch (error) {
    folder.discard();
    throw error;
  }
}

/** Three quarters of the whole disk: the same at each start, however full the disk is by then. */
export function storeShare(folder: string): number {
  const { blocks, bsize } = statfsSync(folder);
  return Math.floor((blocks * bsize * 3) / 4);
}

/** Makes the key of a user and keeps its seed. @returns its public half */
export function makeKey(name: string, seeds: Record<string, string>): string {
  const { seed, publicKey } = createNkey();
  seeds[name] = seed;
  return publicKey;
}
