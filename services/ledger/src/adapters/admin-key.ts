import { createHash, timingSafeEqual } from "node:crypto";
import { SluiceError } from "@sluice/contracts/sluice-error";
import type { FastifyRequest } from "fastify";

/**
 * Makes the check that a request carries the admin key. Hashes are compared, in constant time, so neither
 * length nor content of the key shows in how long it takes; the key itself is nowhere in the process.
 *
 * @param adminKeySha256 SHA-256 of the key, hex.
 */
export function requireAdminKey(adminKeySha256: string): (request: FastifyRequest) => Promise<void> {
  const expected = Buffer.from(adminKeySha256, "hex");
  return (request) => {
    const [scheme, key] = request.headers.authorization?.trim().split(/ +/) ?? [];
    if (scheme?.toLowerCase() !== "bearer" || key === undefined) {
      return Promise.reject(
        new SluiceError("missing_credential", "Send the admin key as `authorization: Bearer <key>`."),
      );
    }
    if (!timingSafeEqual(createHash("sha256").update(key).digest(), expected)) {
      return Promise.reject(new SluiceError("invalid_credential", "This is not the admin key."));
    }
    return Promise.resolve();
  };
}
