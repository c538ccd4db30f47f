import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { openDataFolder } from "../data-folder.ts";
import { natsConfiguration } from "../nats-configuration.ts";
import { makeKey, type NatsServer, type NatsServerOptions, storeShare } from "../nats-server.ts";
import { onPort } from "../server-port.ts";
import { containerImages } from "./container-images.ts";
import { startContainer } from "./container-process.ts";

const portInside = 4222;

/**
 * Starts a nats-server in a container, otherwise as `startNatsServer` does: with the same `dataDir` and `port` it has
 * the same streams at the same address.
 * @throws {ServerError}
 */
export async function startNatsContainer(options: NatsServerOptions): Promise<NatsServer> {
  const seeds: Record<string, string> = {};
  const users = options.users?.map((user) => ({
    ...user,
    publicNkey: user.publicNkey ?? makeKey(user.name, seeds),
  }));
  const folder = openDataFolder(options.dataDir, "nats");
  const configurationFile = join(folder.path, "nats-server.conf");
  const configuration = natsConfiguration({
    serverName: `sluice-${randomBytes(6).toString("hex")}`,
    host: "0.0.0.0",
    port: portInside,
    storeFolder: folder.path,
    maxStoreBytes: storeShare(folder.path),
    maxPayloadBytes: options.maxPayloadBytes ?? 1_048_576,
    ...(users === undefined ? {} : { users }),
  });
  writeFileSync(configurationFile, configuration, { mode: 0o600 });
  try {
    return await onPort(options.port, async (port) => {
      const server = await startContainer({
        name: "nats-server",
        image: containerImages.nats,
        command: ["--config", configurationFile],
        ports: { container: portInside, host: port },
        readyText: /Server is ready/,
        folder: folder.path,
        logFile: options.logFile ?? join(folder.path, "nats-server.log"),
      });
      return {
        url: `nats://127.0.0.1:${port}`,
        port,
        get pid() {
          return server.pid;
        },
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
