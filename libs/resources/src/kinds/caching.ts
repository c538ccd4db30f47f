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
});
export type CachingSpec = z.infer<typeof cachingSchema>;
