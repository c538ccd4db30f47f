import type { DialectName } from "@sluice/contracts/dialect-name";
import { SluiceError } from "@sluice/contracts/sluice-error";
import type { HeldKey, KeyRing } from "./key-ring.ts";

/** How the SDKs of each dialect send a key. */
const keyHeaders: Record<DialectName, string> = {
  openai: "authorization: Bearer KEY",
  anthropic: "x-api-key: KEY",
  gemini: "x-goog-api-key: KEY",
};

/**
 * Who sent the request.
 * @param credential What the client sent as its key.
 * @throws SluiceError `missing_credential`, `invalid_credential` (an unknown and a revoked key alike, so that
 *   nobody learns which keys there were), `expired_credential`
 */
export function authenticate(
  keyRing: KeyRing,
  credential: string | undefined,
  dialect: DialectName,
  nowMs: number,
): HeldKey {
  if (credential === undefined || credential === "") {
    throw new SluiceError("missing_credential", `No API key was sent. Send it as "${keyHeaders[dialect]}".`);
  }
  const key = keyRing.find(credential, nowMs);
  if (key === undefined) throw new SluiceError("invalid_credential", "The API key is not valid.");
  if (key.expiresAtMs !== undefined && nowMs >= key.expiresAtMs) {
    throw new SluiceError("expired_credential", "The API key has expired.");
  }
  return key;
}
