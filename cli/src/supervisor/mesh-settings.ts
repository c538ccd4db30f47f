import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { CommandError } from "../command-error.ts";
import type { Terminal } from "../terminal.ts";
import { parseReplicas, type Replicas } from "./replicas.ts";

/** Root of the repository: where the services are, and the data folder and configuration unless told otherwise. */
export const projectFolder = fileURLToPath(new URL("../../../", import.meta.url));

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
});

export interface MeshSettings {
  gateway: { host: string; port: number };
  ledger: { host: string; port: number };
  /** Absolute path. */
  dataDir: string;
  /** Absolute path. */
  configurationFile: string;
  /** A bus elsewhere. */
  nats: { url: string; seedFile: string | undefined } | undefined;
  /** A Redis elsewhere. */
  redisUrl: string | undefined;
  databaseUrl: string | undefined;
  replicas: Replicas;
}

/**
 * Reads what `sluice start` takes from its arguments and the environment.
 * @throws CommandError that names every variable at fault, never its value
 */
export function readMeshSettings(terminal: Terminal, replicasText?: string): MeshSettings {
  const given = Object.fromEntries(Object.entries(terminal.environment).filter(([, value]) => value !== ""));
  const parsed = environmentSchema.safeParse(given);
  if (!parsed.success) {
    const problems = parsed.error.issues.map(({ path, message }) => `${path.join(".")} ${message}`);
    throw new CommandError(`The environment is not valid: ${problems.join("; ")}.`);
  }
  const variables = parsed.data;
  const at = (path: string) => resolve(terminal.directory, path);
  const replicas = parseReplicas(replicasText);
  if (replicas.ledger > 1 && variables.DATABASE_URL === undefined) {
    throw new CommandError(
      `--replicas asks for ${replicas.ledger} ledgers, and the embedded database takes one process: set DATABASE_URL to a Postgres.`,
    );
  }
  const seedFile = variables.NATS_NKEY_SEED_FILE;
  return {
    gateway: { host: variables.SLUICE_GATEWAY_HOST, port: variables.SLUICE_GATEWAY_PORT },
    ledger: { host: variables.SLUICE_LEDGER_HOST, port: variables.SLUICE_LEDGER_PORT },
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
    replicas,
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
