import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { CommandError } from "./command-error.ts";
import { type RunFile, readRunFile } from "./run-file.ts";
import type { Terminal } from "./terminal.ts";

/** Where the bus is, and as whom to connect. */
export interface BusAddress {
  servers: string;
  nkeySeed: string | undefined;
}

/** Where the ledger's API is, and the key to it. */
export interface LedgerAddress {
  url: string;
  adminKey: string;
}

/**
 * Finds the bus: by NATS_URL and NATS_NKEY_SEED_FILE, else by what `npm start` left in the data folder.
 * @throws CommandError when neither is there
 */
export async function findBus({ environment, directory }: Terminal): Promise<BusAddress> {
  const { NATS_URL, NATS_NKEY_SEED_FILE } = environment;
  if (isSet(NATS_URL)) {
    if (!isSet(NATS_NKEY_SEED_FILE)) return { servers: NATS_URL, nkeySeed: undefined };
    return { servers: NATS_URL, nkeySeed: await readSecret(resolve(directory, NATS_NKEY_SEED_FILE)) };
  }
  const folder = dataFolder(environment, directory);
  const { nats } = await runFileOf(folder, "set NATS_URL (and NATS_NKEY_SEED_FILE)");
  return { servers: nats, nkeySeed: await readSecret(join(folder, "bus", "operator.nk")) };
}

/**
 * Finds the ledger: by SLUICE_LEDGER_URL and SLUICE_ADMIN_KEY, else by what `npm start` left in the data folder.
 * @throws CommandError when neither is there
 */
export async function findLedger({ environment, directory }: Terminal): Promise<LedgerAddress> {
  const { SLUICE_LEDGER_URL, SLUICE_ADMIN_KEY } = environment;
  if (isSet(SLUICE_LEDGER_URL)) {
    if (!isSet(SLUICE_ADMIN_KEY)) {
      throw new CommandError("SLUICE_LEDGER_URL is set and SLUICE_ADMIN_KEY is not: set both.");
    }
    return { url: SLUICE_LEDGER_URL, adminKey: SLUICE_ADMIN_KEY };
  }
  const folder = dataFolder(environment, directory);
  const { ledger, adminKey } = await runFileOf(folder, "set SLUICE_LEDGER_URL and SLUICE_ADMIN_KEY");
  return { url: ledger, adminKey };
}

/** Where clients ask, and a key to ask with. */
export interface GatewayAddress {
  url: string;
  apiKey: string;
}

/**
 * Finds the gateway: by SLUICE_GATEWAY_URL and SLUICE_KEY, else by what `npm start` left in the data folder.
 * @throws CommandError when neither is there
 */
export async function findGateway({ environment, directory }: Terminal): Promise<GatewayAddress> {
  const { SLUICE_GATEWAY_URL, SLUICE_KEY } = environment;
  if (isSet(SLUICE_GATEWAY_URL) && isSet(SLUICE_KEY)) return { url: SLUICE_GATEWAY_URL, apiKey: SLUICE_KEY };
  if (isSet(SLUICE_GATEWAY_URL)) {
    throw new CommandError("SLUICE_GATEWAY_URL is set and SLUICE_KEY is not: set both.");
  }
  const folder = dataFolder(environment, directory);
  const { gateway, apiKey } = await runFileOf(folder, "set SLUICE_GATEWAY_URL and SLUICE_KEY");
  return { url: gateway, apiKey: isSet(SLUICE_KEY) ? SLUICE_KEY : apiKey };
}

/**
 * Finds the socket at which the supervisor of the data folder takes orders.
 * @throws CommandError when no mesh runs there
 */
export async function findSupervisor({ environment, directory }: Terminal): Promise<string> {
  const folder = dataFolder(environment, directory);
  const { supervisor } = await runFileOf(folder, "set SLUICE_DATA_DIR to the folder of one that runs");
  if (supervisor !== undefined) return supervisor.control;
  throw new CommandError("The mesh that runs here was started by an older sluice: end it and start it anew.");
}

/** The folder that `npm start` works in: SLUICE_DATA_DIR, else `.sluice` of the project. */
export function dataFolder(environment: Terminal["environment"], directory: string): string {
  const { SLUICE_DATA_DIR } = environment;
  if (isSet(SLUICE_DATA_DIR)) return resolve(directory, SLUICE_DATA_DIR);
  return fileURLToPath(new URL("../../.sluice", import.meta.url));
}

async function runFileOf(folder: string, otherwise: string): Promise<RunFile> {
  try {
    const runFile = await readRunFile(folder);
    if (runFile !== undefined) return runFile;
  } catch (cause) {
    throw new CommandError(
      `${join(folder, "run.json")} can't be read: start the mesh again with npm start.`,
      {
        cause,
      },
    );
  }
  throw new CommandError(`No mesh is running here (${folder}): start one with npm start, or ${otherwise}.`);
}

async function readSecret(file: string): Promise<string> {
  try {
    return (await readFile(file, "utf8")).trim();
  } catch (cause) {
    throw new CommandError(`The key of the bus's operator can't be read from ${file}.`, { cause });
  }
}

/** An empty variable counts as not set. */
export function isSet(value: string | undefined): value is string {
  return value !== undefined && value !== "";
}
