import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { openDataFolder } from "./data-folder.ts";
import { findExecutable } from "./find-executable.ts";
import { redisConfiguration } from "./redis-configuration.ts";
import { ServerError } from "./server-error.ts";
import { onPort } from "./server-port.ts";
import { type ServerCommand, startServerProcess, waitUntilReady } from "./server-process.ts";
import { converse } from "./text-conversation.ts";

export type RedisServerOptions = {
  /** Configuration, log and append-only file. @default a temporary folder, deleted by `stop()` */
  dataDir?: string;
  /** @default any free port */
  port?: number;
  /** Letters and digits. @default a new random one */
  password?: string;
  /** Takes what the server writes. @default `redis-server.log` in the data folder */
  logFile?: string;
};

export type RedisServer = {
  /** `redis://:password@127.0.0.1:port` */
  url: string;
  port: number;
  password: string;
  pid: number;
  dataDir: string;
  /** Resolves when the process has ended, for whatever reason. */
  ended: Promise<string>;
  /** @param graceMs How long it may take before it is killed. @default 4000 */
  stop(graceMs?: number): Promise<void>;
};

/**
 * Starts a real redis-server on loopback and resolves when it answers.
 *
 * @throws {ServerError} when it is not installed, the port is taken, or it ends at once.
 */
export async function startRedisServer(options: RedisServerOptions = {}): Promise<RedisServer> {
  const executable = findExecutable("redis-server") ?? findExecutable("valkey-server");
  if (executable === undefined) {
    throw new ServerError(
      "missing",
      "redis-server is not installed: install it (Debian: apt-get install redis-server) or set REDIS_URL.",
    );
  }
  const password = options.password ?? randomBytes(24).toString("hex");
  const folder = openDataFolder(options.dataDir, "redis");
  const configurationFile = join(folder.path, "redis-server.conf");
  const command: ServerCommand = {
    name: "redis-server",
    executable,
    arguments: [configurationFile],
    logFile: options.logFile ?? join(folder.path, "redis-server.log"),
  };

  try {
    return await onPort(options.port, async (port) => {
      const text = redisConfiguration({ port, password, dataDir: folder.path });
      writeFileSync(configurationFile, text, { mode: 0o600 });
      const server = await startServerProcess(command);
      await waitUntilReady(command, server, async () => {
        const answer = await converse(
          port,
          `AUTH ${password}\r\nPING\r\n`,
          (text) => text.split("\r\n").length > 2,
        );
        if (!answer.includes("+PONG"))
          throw new Error("Redis is still loading, or the port is another server's.");
      });
      return {
        url: `redis://:${password}@127.0.0.1:${port}`,
        port,
        password,
        pid: server.pid,
        dataDir: folder.path,
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
