import { createHmac, hkdfSync } from "node:crypto";
import { digestForm, readDigestKey, readFingerprintKey } from "./internal/key-text.ts";
import { writeMarked } from "./internal/marked-bytes.ts";

/**
 * The key that digests of clients' API keys are made with, for whoever applies the Secrets that hold them and for the
 * auth service. It follows from the fingerprint key (HKDF-SHA256, RFC 5869), which can't be had from it.
 * @throws SealingError when the text is no fingerprint key
 */
export function apiKeyDigestKey(fingerprintKey: string): string {
  const derived = hkdfSync("sha256", readFingerprintKey(fingerprintKey), "", "sluice api keys v1", 32);
  return writeMarked(digestForm, Buffer.from(derived));
}

/** Whether a text is such a key. */
export function isApiKeyDigestKey(text: string): boolean {
  try {
    readDigestKey(text);
    return true;
  } catch {
    return false;
  }
}

/**
 * By which an API key is known without being there: HMAC-SHA256 (RFC 2104). Administrators choose keys that can be
 * guessed; without the digest key nobody can try guesses out.
 * @returns 43 characters of base64url
 * @throws SealingError when the digest key is none
 */
export function apiKeyDigest(digestKey: string, apiKey: string): string {
  return createHmac("sha256", readDigestKey(digestKey)).update(apiKey).digest("base64url");
}
