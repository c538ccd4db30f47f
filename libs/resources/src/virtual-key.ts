import { hash, randomBytes } from "node:crypto";
import { z } from "zod";
import { compiledLimitSchema } from "./compiled-limit.ts";
import { namePatternSchema } from "./name-pattern.ts";

/** Beginning of every virtual key, so that scanners for leaked secrets can find them. */
export const virtualKeyPrefix = "sk-sluice-";

/** The secret that a client sends: the prefix and 256 random bits in base64url. */
export const virtualKeySecretPattern = /^sk-sluice-[A-Za-z0-9_-]{43}$/;

const fact = z.string().min(1).max(200);
const epochMs = z.int().nonnegative();
const sha256Hex = z.string().regex(/^[0-9a-f]{64}$/);

/** Whose key it is and what it is for: the facts that the ledger groups by, and what the key may use. */
export const virtualKeyFactsSchema = z.strictObject({
  name: fact,
  user: fact.optional(),
  team: fact.optional(),
  application: fact.optional(),
  department: fact.optional(),
  tags: z.array(fact).max(50).default([]),
  /** Consumer that it is made for, as `name` or `namespace/name`. @default undefined (none) */
  consumer: z.string().min(1).max(507).optional(),
  /** Models that the key may use, exact or by prefix. @default undefined (all) */
  allowedModels: z.array(namePatternSchema).min(1).optional(),
  /** How much may be used with it. @default undefined (no limits of its own) */
  limits: z.array(compiledLimitSchema).min(1).optional(),
  /** Epoch milliseconds from which the key no longer works. @default undefined (never) */
  expiresAtMs: epochMs.optional(),
});
export type VirtualKeyFacts = z.input<typeof virtualKeyFactsSchema>;

/** A virtual key as it is stored: hashes of its secrets, never a secret. */
export const virtualKeySchema = virtualKeyFactsSchema.extend({
  id: z.string().regex(/^key_[0-9a-f]{20}$/),
  /** SHA-256 of the secret, hex. The secret has 256 random bits, so a slow or salted hash would add nothing. */
  hash: sha256Hex,
  /** The secret before the last rotation, as long as its grace lasts. */
  previousHash: sha256Hex.optional(),
  previousExpiresAtMs: epochMs.optional(),
  createdAtMs: epochMs,
  rotatedAtMs: epochMs.optional(),
  revokedAtMs: epochMs.optional(),
  /** That a configuration file declares it: what is changed by other means does not last. */
  declared: z.literal(true).optional(),
});
export type VirtualKey = z.infer<typeof virtualKeySchema>;

/** A new secret. It is shown once to whoever creates the key and not kept. */
export function createVirtualKeySecret(): string {
  return virtualKeyPrefix + randomBytes(32).toString("base64url");
}

/** A new id; it may be shown and logged. */
export function createVirtualKeyId(): string {
  return `key_${randomBytes(10).toString("hex")}`;
}

/** SHA-256 of a secret, 64 hex digits: what is stored and looked up. */
export function hashVirtualKeySecret(secret: string): string {
  return hash("sha256", secret, "hex");
}

/** A key that a configuration file declares, with the hash of its secret, which stands elsewhere. */
export const declaredVirtualKeySchema = virtualKeyFactsSchema.extend({ hash: sha256Hex });
export type DeclaredVirtualKey = z.infer<typeof declaredVirtualKeySchema>;

/** The same name has the same id always, so that the ledger knows the key again. */
export function declaredVirtualKeyId(name: string): string {
  return `key_${hash("sha256", `sluice.yaml ${name}`, "hex").slice(0, 20)}`;
}
