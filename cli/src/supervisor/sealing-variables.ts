import { keepSealingSecrets } from "../deployment/sealing-secrets.ts";
import { sealingFiles } from "../sealing-files.ts";
import type { MeshSettings } from "./mesh-settings.ts";

/** By service. */
export interface SealingVariables {
  router: Record<string, string>;
  ingress: Record<string, string>;
  auth: Record<string, string>;
}

/**
 * Makes the keys that secrets are sealed with at the first start, and keeps them in the data folder. A private key that
 * is given is not written down; the public one is that which belongs to it.
 *
 * @returns the variables by which the router and the ingress, and nobody else, get their private keys, and auth the key
 *   of digests
 */
export function sealingVariables({ dataDir, sealingKey, ingressSealingKey }: MeshSettings): SealingVariables {
  const files = sealingFiles(dataDir);
  keepSealingSecrets({ ...files, given: sealingKey, givenIngress: ingressSealingKey });
  return {
    router:
      sealingKey === undefined
        ? { SLUICE_SEALING_KEY_FILE: files.privateKey }
        : { SLUICE_SEALING_KEY: sealingKey },
    ingress:
      ingressSealingKey === undefined
        ? { SLUICE_SEALING_INGRESS_KEY_FILE: files.ingressPrivateKey }
        : { SLUICE_SEALING_INGRESS_KEY: ingressSealingKey },
    auth: { SLUICE_API_KEY_DIGEST_KEY_FILE: files.apiKeyDigestKey },
  };
}
