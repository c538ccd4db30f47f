import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { openDataFolder } from "../data-folder.ts";
import { redisConfiguration } from "../redis-configuration.ts";
import type { RedisServer, RedisServerOptions } from "../redis-server.ts";
import { onPort } from "../server-port.ts";
import { containerImages } from "./container-images.ts";
import { startContainer } from "./container-process.ts";

const portInside = 6379;

/** Starts a redis-server in a container, otherwise as `startRedisServer` does. @throws {ServerError} */
export async function startRedisContainer(options: RedisServerOptions): Promise<RedisServer> {
  const password = options.password ?? randomBytes(24).toString("hex");
  const folder = openDataFolder(options.dataDir, "redis");
  const configurationFile = join(folder.path, "redis-server.conf");
  const settings = { host: "0.0.0.0", port: portInside, password, dataDir: folder.path };
  writeFileSync(configurationFile, redisConfiguration(settings), { mode: 0o600 });
  try {
    return await onPort(options.port, async (port) => {
      const server = await startContainer({
        name: "redis-server",
        image: containerImages.redis,
        // The image's own would give up root, and with it a file that root alone may read.
        entrypoint: ["redis-server", configurationFile],
        ports: { container: portInside, host: port },
        readyText: /Ready to accept connections/,
        folder: folder.path,
        logFile: options.logFile ?? join(folder.path, "redis-server.log"),
      });
      return {
        url: `redis://:${password}@127.0.0.1:${port}`,
        port,
        password,
        get pid() {
          return server.pid;
        },
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
