import { apiKeyDigestKey } from "@sluice/sealing/api-key-digest";
import { SealingError } from "@sluice/sealing/sealing-error";
import { createFingerprintKey, createSealingKey, publicSealingKey } from "@sluice/sealing/sealing-keys";
import { CommandError } from "../command-error.ts";
import { keptSecret, writeSecret } from "./kept-secret.ts";

export interface SealingSecretsOptions {
  /** The files that the keys are kept in, readable by their owner only. */
  privateKey: string;
  publicKey: string;
  fingerprintKey: string;
  apiKeyDigestKey: string;
  /** A private key that is kept elsewhere. @default undefined (the one in the file, which is made if there is none) */
  given?: string | undefined;
}

/**
 * Makes the keys that secrets are sealed with; those that were made before stay. The public one is always the one that
 * belongs to the private one.
 *
 * @returns the private key
 * @throws CommandError that names the file when what is in it is no key
 */
export function keepSealingSecrets({ given, ...files }: SealingSecretsOptions): string {
  const privateKey = given ?? keptSecret(files.privateKey, createSealingKey);
  try {
    writeSecret(files.publicKey, publicSealingKey(privateKey));
  } catch (cause) {
    if (!(cause instanceof SealingError)) throw cause;
    throw new CommandError(
      `${files.privateKey} has no key that opens secrets: put the one there that was, or delete the file and apply all secrets again.`,
      { cause },
    );
  }
  writeSecret(files.apiKeyDigestKey, apiKeyDigestKey(keptSecret(files.fingerprintKey, createFingerprintKey)));
  return privateKey;
}
