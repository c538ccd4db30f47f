import { z } from "zod";

/**
 * Who shares replies: all, those of a team, a user, or who has the same key. What a request lacks makes it narrower:
 * without a team or user it shares with the same key only.
 */
export const cacheScopes = ["global", "team", "user", "key"] as const;
export type CacheScope = (typeof cacheScopes)[number];

/** When the reply to one question is that to another one. */
export const compiledSemanticSchema = z.strictObject({
  /** As requests name it. */
  embeddingModel: z.string(),
  /** Least cosine similarity. */
  threshold: z.number().min(0).max(1),
  /** Whether the numbers of both must be the same. */
  matchNumbers: z.boolean(),
  /** How long a vector may take. */
  timeoutMs: z.int().positive(),
});
export type CompiledSemantic = z.infer<typeof compiledSemanticSchema>;

/** Which replies of a model or route are given again, and to whom. */
export const compiledCachingSchema = z.strictObject({
  /** How long a reply may be given again. */
  ttlMs: z.int().positive(),
  scope: z.enum(cacheScopes),
  /** Requests above it are not cached; one that names none has 1. @default any is */
  maxTemperature: z.number().optional(),
  /** Whether requests that name tools are cached too. */
  allowTools: z.boolean(),
  /** A larger reply is not kept. */
  maxBytes: z.int().positive(),
  /** By which replies are invalidated, besides those that requests name. */
  tags: z.array(z.string()),
  /** @default only the same words have the same reply */
  semantic: compiledSemanticSchema.optional(),
});
export type CompiledCaching = z.infer<typeof compiledCachingSchema>;

/** As releases before published it for routes: a time alone. */
export function cachingForTime(ttlMs: number): CompiledCaching {
  return { ttlMs, scope: "team", allowTools: false, maxBytes: 1024 ** 2, tags: [] };
}
