import { SealingError } from "../sealing-error.ts";
import { type MarkedBytes, readMarked } from "./marked-bytes.ts";

const keyForm = (mark: string, what: string): MarkedBytes => ({ mark, what, minimum: 32, maximum: 32 });

export const privateForm = keyForm("sluice-sealing-private:v1:", "private sealing key");
export const publicForm = keyForm("sluice-sealing-public:v1:", "public sealing key");
export const fingerprintForm = keyForm("sluice-fingerprint:v1:", "fingerprint key");
export const digestForm = keyForm("sluice-api-key-digest:v1:", "key for digests of API keys");

/** Its 32 bytes. @throws SealingError */
export function readPrivateKey(text: string): Buffer {
  return readMarked(privateForm, text);
}

/** Its 32 bytes. @throws SealingError */
export function readPublicKey(text: string): Buffer {
  if (!text.startsWith(privateForm.mark)) return readMarked(publicForm, text);
  throw new SealingError("This is a private sealing key in place of the public one.");
}

/** Its 32 bytes. @throws SealingError */
export function readFingerprintKey(text: string): Buffer {
  return readMarked(fingerprintForm, text);
}

/** Its 32 bytes. @throws SealingError */
export function readDigestKey(text: string): Buffer {
  return readMarked(digestForm, text);
}
