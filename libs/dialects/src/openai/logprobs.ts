import { z } from "zod";
import type { CanonicalTokenLogprob } from "../canonical-reply.ts";

const tokenSchema = z.object({
  token: z.string(),
  logprob: z.number(),
  bytes: z.array(z.number()).nullish(),
});

export const openaiLogprobsSchema = z.object({
  content: z.array(tokenSchema.extend({ top_logprobs: z.array(tokenSchema).nullish() })).nullish(),
});

function readToken(token: z.infer<typeof tokenSchema>) {
  return {
    token: token.token,
    logprob: token.logprob,
    ...(token.bytes == null ? {} : { bytes: token.bytes }),
  };
}

/** @returns undefined where there are none. */
export function readOpenaiLogprobs(
  logprobs: z.infer<typeof openaiLogprobsSchema> | null | undefined,
): CanonicalTokenLogprob[] | undefined {
  if (logprobs?.content == null || logprobs.content.length === 0) return undefined;
  return logprobs.content.map((token) => ({
    ...readToken(token),
    alternatives: (token.top_logprobs ?? []).map(readToken),
  }));
}

function writeToken(token: { token: string; logprob: number; bytes?: number[] }) {
  return { token: token.token, logprob: token.logprob, bytes: token.bytes ?? null };
}

export function writeOpenaiLogprobs(tokens: CanonicalTokenLogprob[]) {
  return {
    content: tokens.map((token) => ({
      ...writeToken(token),
      top_logprobs: token.alternatives.map(writeToken),
    })),
    refusal: null,
  };
}
