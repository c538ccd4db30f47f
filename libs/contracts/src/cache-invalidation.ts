import { z } from "zod";

/** Which replies are to be given no more: all, or those of a model, with a tag, or of one request by its key. */
export const invalidatedRepliesSchema = z.discriminatedUnion("by", [
  z.object({ by: z.literal("all") }),
  z.object({ by: z.literal("model"), value: z.string().min(1).max(256) }),
  z.object({ by: z.literal("tag"), value: z.string().min(1).max(100) }),
  z.object({ by: z.literal("key"), value: z.string().min(1).max(100) }),
]);
export type InvalidatedReplies = z.infer<typeof invalidatedRepliesSchema>;

/** What the operator asks for. */
export const cacheInvalidationSchema = z.object({
  replies: z.array(invalidatedRepliesSchema).min(1).max(100),
  /** Who asks, for the log. */
  madeBy: z.string().max(200),
});
export type CacheInvalidation = z.infer<typeof cacheInvalidationSchema>;

/** What a router answers. */
export const cacheInvalidationReplySchema = z.object({
  /** Why nothing was invalidated; null where it was. */
  error: z.string().nullable(),
});
export type CacheInvalidationReply = z.infer<typeof cacheInvalidationReplySchema>;
