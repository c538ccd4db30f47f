import { z } from "zod";

/**
 * Who shares replies: all, those of a team, a user, or who has the same key. What a request lacks makes it narrower:
 * without a team or user it shares with the same key only.
 */
export const cacheScopes = ["global", "team", "user", "key"] as const;
export type CacheScope = (typeof cacheScopes)[number];

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
});
export type CompiledCaching = z.infer<typeof compiledCachingSchema>;

/** As releases before published it for routes: a time alone. */
export function cachingForTime(ttlMs: number): CompiledCaching {
  return { ttlMs, scope: "team", allowTools: false, maxBytes: 1024 ** 2, tags: [] };
}
