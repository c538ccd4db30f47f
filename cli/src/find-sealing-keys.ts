import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { SealingError } from "@sluice/sealing/sealing-error";
import { checkOperatorKeys, type OperatorSealingKeys } from "@sluice/sealing/sealing-keys";
import { CommandError } from "./command-error.ts";
import { dataFolder, isSet } from "./find-mesh.ts";
import { sealingFiles } from "./sealing-files.ts";
import type { Terminal } from "./terminal.ts";

const bothVariables = "SLUICE_SEALING_PUBLIC_KEY and SLUICE_SEALING_FINGERPRINT_KEY";

/**
 * Finds the keys to seal secrets with: SLUICE_SEALING_PUBLIC_KEY and SLUICE_SEALING_FINGERPRINT_KEY, with
 * SLUICE_SEALING_INGRESS_PUBLIC_KEY for the keys of certificates, else what `npm start` left in the data folder. With NATS_URL the mesh is another one, whose keys the data folder does not have.
 * @throws CommandError when they are not there, or are none
 */
export async function findSealingKeys(terminal: Terminal): Promise<OperatorSealingKeys> {
  const { where, keys } = await readKeys(terminal);
  try {
    checkOperatorKeys(keys);
    return keys;
  } catch (cause) {
    if (!(cause instanceof SealingError)) throw cause;
    throw new CommandError(`Secrets can't be sealed with ${where}: ${cause.message}`, { cause });
  }
}

async function readKeys({ environment, directory }: Terminal) {
  const {
    SLUICE_SEALING_PUBLIC_KEY: publicKey,
    SLUICE_SEALING_INGRESS_PUBLIC_KEY: ingress,
    SLUICE_SEALING_FINGERPRINT_KEY: fingerprintKey,
  } = environment;
  if (isSet(publicKey) && isSet(fingerprintKey)) {
    const ingressPublicKey = isSet(ingress) ? ingress : undefined;
    return { where: bothVariables, keys: { publicKey, ingressPublicKey, fingerprintKey } };
  }
  if (isSet(publicKey) || isSet(fingerprintKey)) {
    throw new CommandError(`One of ${bothVariables} is set and the other is not: set both.`);
  }
  if (isSet(environment.NATS_URL)) {
    throw new CommandError(
      `Secrets are sealed for the mesh at NATS_URL, and its keys are not known here: set ${bothVariables}.`,
    );
  }
  const dataDir = dataFolder(environment, directory);
  const keys = await readSealingKeys(dataDir);
  return { where: `the keys in ${sealingFiles(dataDir).folder}`, keys };
}

/** The keys that `npm start` has left in a data folder. @throws CommandError when they are not there */
export async function readSealingKeys(dataDir: string): Promise<OperatorSealingKeys> {
  const files = sealingFiles(dataDir);
  try {
    const read = async (file: string) => (await readFile(file, "utf8")).trim();
    return {
      publicKey: await read(files.publicKey),
      // A mesh that an earlier release has started has none.
      ingressPublicKey: existsSync(files.ingressPublicKey) ? await read(files.ingressPublicKey) : undefined,
      fingerprintKey: await read(files.fingerprintKey),
    };
  } catch (cause) {
    throw new CommandError(
      `There are no keys to seal secrets with in ${files.folder}: npm start makes them; or set ${bothVariables}.`,
      { cause },
    );
  }
}
