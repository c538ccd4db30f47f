import { apiKeyDigestKey } from "@sluice/sealing/api-key-digest";
import { SealingError } from "@sluice/sealing/sealing-error";
import { createFingerprintKey, createSealingKey, publicSealingKey } from "@sluice/sealing/sealing-keys";
import { CommandError } from "../command-error.ts";
import { keptSecret, writeSecret } from "./kept-secret.ts";

export interface SealingSecretsOptions {
  /** The files that the keys are kept in, readable by their owner only. */
  privateKey: string;
  publicKey: string;
  /** The pair of the ingress. */
  ingressPrivateKey: string;
  ingressPublicKey: string;
  fingerprintKey: string;
  apiKeyDigestKey: string;
  /** A private key that is kept elsewhere. @default undefined (the one in the file, which is made if there is none) */
  given?: string | undefined;
  /** The same for the ingress. @default undefined */
  givenIngress?: string | undefined;
}

/** Private keys. */
export interface SealingSecrets {
  router: string;
  ingress: string;
}

/**
 * Makes the keys that secrets are sealed with, a pair for the router and one for the ingress; those that were made before
 * stay. The public one is always the one that belongs to the private one.
 *
 * @returns the private keys
 * @throws CommandError that names the file when what is in it is no key
 */
export function keepSealingSecrets({ given, givenIngress, ...files }: SealingSecretsOptions): SealingSecrets {
  const router = keepPair(files.privateKey, files.publicKey, given);
  const ingress = keepPair(files.ingressPrivateKey, files.ingressPublicKey, givenIngress);
  writeSecret(files.apiKeyDigestKey, apiKeyDigestKey(keptSecret(files.fingerprintKey, createFingerprintKey)));
  return { router, ingress };
}

/** @returns the private key */
function keepPair(privateFile: string, publicFile: string, given: string | undefined): string {
  const privateKey = given ?? keptSecret(privateFile, createSealingKey);
  try {
    writeSecret(publicFile, publicSealingKey(privateKey));
  } catch (cause) {
    if (!(cause instanceof SealingError)) throw cause;
    throw new CommandError(
      `${privateFile} has no key that opens secrets: put the one there that was, or delete the file and apply all secrets again.`,
      { cause },
    );
  }
  return privateKey;
}
