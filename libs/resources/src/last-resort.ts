import { z } from "zod";

/** Longest text of a last resort, characters. */
const maxTextChars = 16_384;

/** The reply of a model to chats that none of its targets has answered. */
export const lastResortSchema = z.strictObject({
  text: z
    .string()
    .max(maxTextChars)
    .refine((text) => text.trim() !== "", "says nothing; write what the client shall read")
    .describe("What the reply says."),
  status: z.int().min(200).max(599).default(200).describe("HTTP status of the reply."),
});
export type LastResort = z.infer<typeof lastResortSchema>;

/** As models have it. */
export const lastResortFieldSchema = lastResortSchema
  .optional()
  .describe(
    "A reply to chats, plain and streamed, where no target has answered: in the client's dialect, with the header " +
      "x-sluice-last-resort. Not for requests that are at fault themselves. Default: the client gets the last failure.",
  );
