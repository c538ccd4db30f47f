import { setTimeout as delay } from "node:timers/promises";
import { greetPostgres } from "../postgres-greeting.ts";
import type { PostgresOptions, PostgresServer } from "../postgres-server.ts";
import { ServerError } from "../server-error.ts";
import { onPort } from "../server-port.ts";
import { containerImages } from "./container-images.ts";
import { startContainer } from "./container-process.ts";

const portInside = 5432;
const readyTimeoutMs = 60_000;
const probePauseMs = 50;

/** Starts an empty PostgreSQL in a container, otherwise as `startPostgres` does. @throws {ServerError} */
export async function startPostgresContainer(options: PostgresOptions): Promise<PostgresServer> {
  const settings = [
    "fsync=off",
    "full_page_writes=off",
    `synchronous_commit=${options.survivesKill === true ? "on" : "off"}`,
  ];
  return await onPort(undefined, async (port) => {
    const server = await startContainer({
      name: "postgres",
      image: containerImages.postgres,
      command: ["postgres", ...settings.flatMap((setting) => ["-c", setting])],
      environment: { POSTGRES_HOST_AUTH_METHOD: "trust", POSTGRES_INITDB_ARGS: "--no-sync --no-locale" },
      ports: { container: portInside, host: port },
      readyText: /listening on IPv4 address/,
    });
    await untilReady(port);
    return {
      url: `postgres://postgres@127.0.0.1:${port}/postgres`,
      get pid() {
        return server.pid;
      },
      get dataDir(): string {
        throw new ServerError(
          "missing",
          "PostgreSQL's data is in its container, and no folder of this machine.",
        );
      },
      async restart() {
        await server.startAgain();
        await untilReady(port);
      },
      stop: () => server.stop(),
    };
  });
}

async function untilReady(port: number): Promise<void> {
  const deadline = performance.now() + readyTimeoutMs;
  for (;;) {
    try {
      await greetPostgres(port);
      return;
    } catch (cause) {
      if (performance.now() > deadline)
        throw new ServerError("failed", "postgres in its container does not answer.", { cause });
      await delay(probePauseMs);
    }
  }
}
