import { createHmac } from "node:crypto";
import { readFingerprintKey, readPublicKey } from "./internal/key-text.ts";
import type { OperatorSealingKeys } from "./sealing-keys.ts";

/**
 * By which a value is known again without being opened: equal where value, context and public key are, and different
 * where one of them is not. It may stand beside the sealed text: without the fingerprint key nobody can try out guesses
 * at a weak value, and the same value at two places gives two fingerprints. The public key is part of it, so that a mesh
 * that has got another key is sealed for anew.
 *
 * HMAC-SHA256 (RFC 2104) over the public key, the length of the context in bytes, the context and the value.
 *
 * @param context as for `seal`
 * @returns `fingerprint:v1:` and 43 characters of base64url
 * @throws SealingError when one of the keys is none
 */
export function fingerprint(
  keys: Pick<OperatorSealingKeys, "publicKey" | "fingerprintKey">,
  plaintext: string,
  context: string,
): string {
  const contextBytes = Buffer.from(context);
  const length = Buffer.alloc(8);
  length.writeBigUInt64BE(BigInt(contextBytes.length));
  const code = createHmac("sha256", readFingerprintKey(keys.fingerprintKey))
    .update(readPublicKey(keys.publicKey))
    .update(length)
    .update(contextBytes)
    .update(plaintext)
    .digest("base64url");
  return `fingerprint:v1:${code}`;
}
