import { join } from "node:path";

/** Where the keys that secrets are sealed with are kept in a data folder. */
export interface SealingFiles {
  folder: string;
  /** Opens what is sealed for the router; for the router alone. */
  privateKey: string;
  /** Opens what is sealed for the ingress; for the ingress alone. */
  ingressPrivateKey: string;
  /** Seals; for whoever applies resources, as the one below. */
  publicKey: string;
  ingressPublicKey: string;
  /** Makes the fingerprints by which a secret is known again. */
  fingerprintKey: string;
  /** Makes the digests by which clients' API keys are known; for auth alone. It follows from the one above. */
  apiKeyDigestKey: string;
}

export function sealingFiles(dataDir: string): SealingFiles {
  const folder = join(dataDir, "sealing");
  return {
    folder,
    privateKey: join(folder, "private.key"),
    ingressPrivateKey: join(folder, "ingress-private.key"),
    publicKey: join(folder, "public.key"),
    ingressPublicKey: join(folder, "ingress-public.key"),
    fingerprintKey: join(folder, "fingerprint.key"),
    apiKeyDigestKey: join(folder, "api-key-digest.key"),
  };
}
