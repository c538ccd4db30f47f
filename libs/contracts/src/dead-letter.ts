import { z } from "zod";

/**
 * An event that can't be booked, kept with the reason so that nothing is lost and nothing waits behind it.
 * Payload of the dead-letter stream.
 */
export const deadLetterSchema = z.object({
  /** SHA-256 over subject and data, hexadecimal: the same event again is the same dead letter. */
  digest: z.string().regex(/^[0-9a-f]{64}$/),
  /** Subject that the event came on. */
  subject: z.string(),
  /** What is wrong with it, without its values. */
  reason: z.string(),
  /** Position in the event stream. */
  streamSequence: z.int().nonnegative(),
  /** When the event stream took it, epoch milliseconds. */
  publishedAtMs: z.int().nonnegative(),
  /** The event itself, base64. */
  data: z.base64(),
});
export type DeadLetter = z.infer<typeof deadLetterSchema>;
