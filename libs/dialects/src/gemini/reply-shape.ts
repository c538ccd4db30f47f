import { z } from "zod";
import { geminiLogprobsSchema } from "./logprobs.ts";
import { geminiUsageSchema } from "./usage.ts";

/** A whole reply and a piece of a stream have the same shape. */
export const geminiReplySchema = z.object({
  candidates: z
    .array(
      z.object({
        index: z.int().nonnegative().nullish(),
        content: z
          .object({
            parts: z
              .array(
                z.object({
                  text: z.string().nullish(),
                  thought: z.boolean().nullish(),
                  thoughtSignature: z.string().nullish(),
                  functionCall: z
                    .object({
                      id: z.string().nullish(),
                      name: z.string(),
                      args: z.record(z.string(), z.unknown()).nullish(),
                    })
                    .nullish(),
                  inlineData: z.object({ mimeType: z.string().nullish() }).nullish(),
                }),
              )
              .nullish(),
          })
          .nullish(),
        finishReason: z.string().nullish(),
        logprobsResult: geminiLogprobsSchema.nullish().catch(undefined),
      }),
    )
    .nullish(),
  promptFeedback: z.object({ blockReason: z.string().nullish() }).nullish(),
  usageMetadata: geminiUsageSchema.nullish(),
  modelVersion: z.string().nullish(),
  responseId: z.string().nullish(),
  error: z.unknown().optional(),
});
export type GeminiReply = z.infer<typeof geminiReplySchema>;
export type GeminiCandidate = NonNullable<GeminiReply["candidates"]>[number];
export type GeminiReplyPart = NonNullable<NonNullable<GeminiCandidate["content"]>["parts"]>[number];
