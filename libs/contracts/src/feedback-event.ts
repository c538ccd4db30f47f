import { z } from "zod";
import { identitySchema } from "./identity.ts";

/** Longest comment, characters. */
export const maxFeedbackCommentLength = 2000;

/** What a client says about the reply to one of its requests. */
export const feedbackSchema = z.object({
  /** The request that it is about. */
  requestId: z.uuid(),
  /** From 0, of no use, to 1, all that was wanted. */
  score: z.number().min(0).max(1),
  comment: z.string().max(maxFeedbackCommentLength).optional(),
});
export type Feedback = z.infer<typeof feedbackSchema>;

/** Feedback as it goes to the event stream, with whose it is. Of several of one key the last one counts. */
export const feedbackEventSchema = feedbackSchema.extend({
  atMs: z.int().nonnegative(),
  identity: identitySchema,
});
export type FeedbackEvent = z.infer<typeof feedbackEventSchema>;

/** Message on the feedback subject. */
export const feedbackEventBatchSchema = z.object({ events: z.array(feedbackEventSchema).min(1) });
export type FeedbackEventBatch = z.infer<typeof feedbackEventBatchSchema>;
