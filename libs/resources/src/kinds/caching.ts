import { z } from "zod";
import { byteSizeSchema } from "../byte-size.ts";
import { cacheScopes } from "../compiled-caching.ts";
import { durationSchema } from "../duration.ts";

const dayMs = 86_400_000;
const mebibyte = 1024 ** 2;

/** A tag of replies, in a policy or in the header of a request. */
export const cacheTagPattern = /^[A-Za-z0-9][A-Za-z0-9_.:/-]{0,99}$/;
/** Most tags of one request, or of one policy. */
export const maxCacheTags = 20;

const tagSchema = z
  .string()
  .regex(cacheTagPattern, "a name of letters, digits and _ . : / -, at most 100 of them");

/** When a reply is given to a question in other words, as it is written. */
export const semanticCachingSchema = z.strictObject({
  embeddingModel: z
    .string()
    .min(1)
    .describe(
      "Model that makes the vectors by which questions are compared, as clients name it. Each call of it is billed and booked " +
        "as one of the same consumer.",
    ),
  threshold: z
    .number()
    .min(0.5)
    .max(1)
    .default(0.95)
    .describe(
      "Least cosine similarity of two questions that have one reply; 1 is the same direction. What it means differs from " +
        "model to model.",
    ),
  matchNumbers: z
    .boolean()
    .default(true)
    .describe("Whether the numbers in a question must be the same too: vectors hardly tell 30 days from 60."),
  timeout: durationSchema({ minMs: 10, maxMs: 60_000 })
    .prefault("2s")
    .describe("How long the vector of a question may take; without one, the request goes to its model."),
});
export type SemanticCachingSpec = z.infer<typeof semanticCachingSchema>;

/** Whether the same request may have the same reply again, as it is written. */
export const cachingSchema = z.strictObject({
  ttl: durationSchema({ minMs: 1_000, maxMs: 24 * dayMs }).describe("How long a reply may be given again."),
  scope: z
    .enum(cacheScopes)
    .default("team")
    .describe(
      "Who shares replies: all (global), those of a team, of a user, or with the same key. Who has no team, or is no " +
        "user, shares with the same key only.",
    ),
  maxTemperature: z
    .number()
    .min(0)
    .max(2)
    .optional()
    .describe(
      "Requests with a higher temperature are not cached; one that names none has 1. Default: all are.",
    ),
  allowTools: z
    .boolean()
    .default(false)
    .describe("Whether requests that name tools are cached too: what the tools do is then not done anew."),
  maxSize: byteSizeSchema({ minBytes: 1024, maxBytes: 16 * mebibyte })
    .prefault("1MiB")
    .describe("A larger reply is not kept."),
  tags: z
    .array(tagSchema)
    .max(maxCacheTags)
    .default([])
    .describe(
      "By which replies are invalidated (sluice cache invalidate --tag), besides those that requests name.",
    ),
  semantic: semanticCachingSchema
    .optional()
    .describe(
      "Gives the reply also where only the last question of the user is in other words, and all else of the request is the " +
        "same. Default: the same words only.",
    ),
});
export type CachingSpec = z.infer<typeof cachingSchema>;
