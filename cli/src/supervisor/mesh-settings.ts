import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { isSealingKey } from "@sluice/sealing/sealing-keys";
import { z } from "zod";
import { CommandError } from "../command-error.ts";
import { streamSettingsShape } from "../stream-settings.ts";
import type { Terminal } from "../terminal.ts";
import { parseReplicas, type Replicas } from "./replicas.ts";

/** Root of the repository: where the services are, and the data folder and configuration unless told otherwise. */
export const projectFolder = fileURLToPath(new URL("../../../", import.meta.url));

/** What can be made again at any time and takes long to make; `setup/` keeps it for this clone, and Git ignores it. */
export const cacheFolder = join(projectFolder, ".toolchain", "cache");

const portSchema = z
  .string()
  .regex(/^\d{1,5}$/, "must be a port number from 0 to 65535")
  .transform(Number)
  .refine((port) => port <= 65_535, "must be a port number from 0 to 65535");

function urlSchema(...protocols: string[]) {
  const wanted = `must be a URL that starts with ${protocols.map((protocol) => `${protocol}//`).join(" or ")}`;
  return z
    .string()
    .refine((text) => URL.canParse(text) && protocols.includes(new URL(text).protocol), wanted);
}

const environmentSchema = z.object({
  /** Where the gateway listens. @default 127.0.0.1 */
  SLUICE_GATEWAY_HOST: z.string().default("127.0.0.1"),
  /** @default 8080; 0 takes any free port and keeps it */
  SLUICE_GATEWAY_PORT: portSchema.default(8080),
  /** Where the ledger's API listens. @default 127.0.0.1 */
  SLUICE_LEDGER_HOST: z.string().default("127.0.0.1"),
  /** @default 8081; 0 takes any free port and keeps it */
  SLUICE_LEDGER_PORT: portSchema.default(8081),
  ...streamSettingsShape,
  /** What must outlive the processes: streams, counters, the ledger, keys, logs. @default .sluice in the project */
  SLUICE_DATA_DIR: z.string().optional(),
  /** The configuration. @default sluice.yaml in the working folder, else in the project */
  SLUICE_CONFIG: z.string().optional(),
  /** A bus elsewhere; none is started then. Several servers with a comma between them. @default undefined */
  NATS_URL: z.string().optional(),
  /** Seed of the nkey to use on it. @default undefined (what NATS_URL carries, or nothing) */
  NATS_NKEY_SEED_FILE: z.string().optional(),
  /** A Redis elsewhere; none is started then. @default undefined */
  REDIS_URL: urlSchema("redis:", "rediss:").optional(),
  /** A Postgres for the ledger. @default undefined (PGlite in the data folder) */
  DATABASE_URL: urlSchema("postgres:", "postgresql:").optional(),
  /** The key that opens secrets, where it is kept elsewhere. @default undefined (one in the data folder) */
  SLUICE_SEALING_KEY: z.string().refine(isSealingKey, "must be a private sealing key").optional(),
  /** The same for the ingress. @default undefined (one in the data folder) */
  SLUICE_SEALING_INGRESS_KEY: z.string().refine(isSealingKey, "must be a private sealing key").optional(),
});

export interface MeshSettings {
  gateway: { host: string; port: number };
  ledger: { host: string; port: number };
  /** @default undefined (the default of libs/bus) */
  eventStreamBytes: number | undefined;
  /** Copies of each stream. @default undefined (the default of libs/bus) */
  streamReplicas: number | undefined;
  /** Absolute path. */
  dataDir: string;
  /** Absolute path. */
  configurationFile: string;
  /** A bus elsewhere. */
  nats: { url: string; seedFile: string | undefined } | undefined;
  /** A Redis elsewhere. */
  redisUrl: string | undefined;
  databaseUrl: string | undefined;
  /** The key that opens secrets. @default undefined (one in the data folder) */
  sealingKey: string | undefined;
  /** The one that opens the certificates' keys. @default undefined (one in the data folder) */
  ingressSealingKey: string | undefined;
  replicas: Replicas;
  /** Whether all services run in one process. */
  compact: boolean;
  /** Files and folders of resources that the configuration is kept by, as they were given. */
  resourcePaths: readonly string[];
}

/** What `sluice start` is told besides its environment. */
export interface MeshArguments {
  /** As `router=3,guard=2`. @default one process of each service */
  replicas?: string;
  /** @default false */
  compact?: boolean;
  /** Files and folders of resources. @default none */
  filename?: string[];
}

/**
 * Reads what `sluice start` takes from its arguments and the environment.
 * @throws CommandError that names every variable at fault, never its value
 */
export function readMeshSettings(terminal: Terminal, given: MeshArguments = {}): MeshSettings {
  const set = Object.fromEntries(Object.entries(terminal.environment).filter(([, value]) => value !== ""));
  const parsed = environmentSchema.safeParse(set);
  if (!parsed.success) {
    const problems = parsed.error.issues.map(({ path, message }) => `${path.join(".")} ${message}`);
    throw new CommandError(`The environment is not valid: ${problems.join("; ")}.`);
  }
  const variables = parsed.data;
  const at = (path: string) => resolve(terminal.directory, path);
  const { compact = false } = given;
  if (compact && given.replicas !== undefined) {
    throw new CommandError(
      "--compact runs all services in one process, and --replicas runs more processes of each: leave one of them out.",
    );
  }
  const replicas = parseReplicas(given.replicas);
  if (replicas.ledger > 1 && variables.DATABASE_URL === undefined) {
    throw new CommandError(
      `--replicas asks for ${replicas.ledger} ledgers, and the embedded database takes one process: set DATABASE_URL to a Postgres.`,
    );
  }
  const streamReplicas = variables.SLUICE_STREAM_REPLICAS;
  if (streamReplicas !== undefined && streamReplicas > 1 && variables.NATS_URL === undefined) {
    throw new CommandError(
      `SLUICE_STREAM_REPLICAS asks for ${streamReplicas} copies of each stream, and the bus that is started here is a single server: set NATS_URL to a cluster.`,
    );
  }
  const seedFile = variables.NATS_NKEY_SEED_FILE;
  return {
    gateway: { host: variables.SLUICE_GATEWAY_HOST, port: variables.SLUICE_GATEWAY_PORT },
    ledger: { host: variables.SLUICE_LEDGER_HOST, port: variables.SLUICE_LEDGER_PORT },
    eventStreamBytes: variables.SLUICE_EVENT_STREAM_BYTES,
    streamReplicas,
    dataDir:
      variables.SLUICE_DATA_DIR === undefined
        ? join(projectFolder, ".sluice")
        : at(variables.SLUICE_DATA_DIR),
    configurationFile: configurationFile(at, variables.SLUICE_CONFIG),
    nats:
      variables.NATS_URL === undefined
        ? undefined
        : { url: variables.NATS_URL, seedFile: seedFile === undefined ? undefined : at(seedFile) },
    redisUrl: variables.REDIS_URL,
    databaseUrl: variables.DATABASE_URL,
    sealingKey: variables.SLUICE_SEALING_KEY,
    ingressSealingKey: variables.SLUICE_SEALING_INGRESS_KEY,
    replicas,
    compact,
    resourcePaths: given.filename ?? [],
  };
}

function configurationFile(at: (path: string) => string, named: string | undefined): string {
  const candidates =
    named === undefined ? [at("sluice.yaml"), join(projectFolder, "sluice.yaml")] : [at(named)];
  const file = candidates.find((path) => existsSync(path));
  if (file !== undefined) return file;
  throw new CommandError(
    named === undefined
      ? "There is no sluice.yaml here: write one, or set SLUICE_CONFIG to yours."
      : `SLUICE_CONFIG names ${at(named)}, and there is no such file.`,
  );
}
