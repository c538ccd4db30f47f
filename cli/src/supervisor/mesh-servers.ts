import { readFileSync } from "node:fs";
import { join } from "node:path";
import { startNatsServer } from "@sluice/servers/nats-server";
import { startRedisServer } from "@sluice/servers/redis-server";
import { ServerError } from "@sluice/servers/server-error";
import { CommandError } from "../command-error.ts";
import { busUsers, seedFile } from "./bus-credentials.ts";
import type { KeptProcess } from "./kept-process.ts";
import type { MeshProcesses } from "./mesh-processes.ts";
import type { MeshSettings } from "./mesh-settings.ts";

export interface BusAddress {
  url: string;
  /** Seed of the operator; undefined where the URL says all. */
  operatorSeed: string | undefined;
  seedFile(service: string): string | undefined;
  /** The nats-server that was started here. @default undefined (one that runs elsewhere) */
  own?: { folder: string; kept: KeptProcess };
}

export interface ServerContext {
  settings: MeshSettings;
  processes: MeshProcesses;
  /** Gives the log file of a process, fresh for this run. */
  logFile(name: string): Promise<string>;
  tell(line: string): void;
}

/** The bus: the one that is named, or a nats-server of our own, kept running at the same address. */
export async function provideBus({ settings, processes, logFile, tell }: ServerContext): Promise<BusAddress> {
  if (settings.nats !== undefined) {
    const { url, seedFile: file } = settings.nats;
    return { url, operatorSeed: file === undefined ? undefined : readSeed(file), seedFile: () => file };
  }
  const folder = join(settings.dataDir, "bus");
  const users = busUsers(folder);
  const log = await logFile("nats");
  let port: number | undefined;
  const kept = processes.add({
    service: "nats",
    tell,
    async start() {
      const server = await startNatsServer({
        dataDir: folder,
        users,
        logFile: log,
        ...(port === undefined ? {} : { port }),
      });
      port = server.port;
      return {
        pid: server.pid,
        instance: "nats-1",
        url: server.url,
        ended: server.ended,
        stop: ({ killAfterMs }) => server.stop(killAfterMs),
      };
    },
  });
  const { url = "" } = await explained(() => kept.begin());
  return {
    url,
    operatorSeed: readSeed(seedFile(folder, "operator")),
    seedFile: (service) => join(folder, `${service}.nk`),
    own: { folder, kept },
  };
}

/** Redis: the one that is named, or a redis-server of our own, kept running at the same address. */
export async function provideRedis({ settings, processes, logFile, tell }: ServerContext): Promise<string> {
  if (settings.redisUrl !== undefined) return settings.redisUrl;
  const log = await logFile("redis");
  let before: { port: number; password: string } | undefined;
  const kept = processes.add({
    service: "redis",
    tell,
    async start() {
      const server = await startRedisServer({
        dataDir: join(settings.dataDir, "redis"),
        logFile: log,
        ...before,
      });
      before = { port: server.port, password: server.password };
      return {
        pid: server.pid,
        instance: "redis-1",
        url: server.url,
        ended: server.ended,
        stop: ({ killAfterMs }) => server.stop(killAfterMs),
      };
    },
  });
  const { url = "" } = await explained(() => kept.begin());
  return url;
}

function readSeed(file: string): string {
  try {
    return readFileSync(file, "utf8").trim();
  } catch (cause) {
    throw new CommandError(`The key for the bus can't be read from ${file}: check NATS_NKEY_SEED_FILE.`, {
      cause,
    });
  }
}

/** A server that does not start says so in a line that people understand. */
async function explained<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ServerError) throw new CommandError(error.message, { cause: error });
    throw error;
  }
}
