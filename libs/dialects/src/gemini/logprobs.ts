import { z } from "zod";
import type { CanonicalTokenLogprob } from "../canonical-reply.ts";

const tokenSchema = z.object({ token: z.string().nullish(), logProbability: z.number().nullish() });

export const geminiLogprobsSchema = z.object({
  chosenCandidates: z.array(tokenSchema).nullish(),
  topCandidates: z.array(z.object({ candidates: z.array(tokenSchema).nullish() })).nullish(),
});

function readToken({ token, logProbability }: z.infer<typeof tokenSchema>) {
  return { token: token ?? "", logprob: logProbability ?? 0 };
}

/** @returns undefined where there are none. */
export function readGeminiLogprobs(
  result: z.infer<typeof geminiLogprobsSchema> | null | undefined,
): CanonicalTokenLogprob[] | undefined {
  if (result?.chosenCandidates == null || result.chosenCandidates.length === 0) return undefined;
  return result.chosenCandidates.map((chosen, index) => ({
    ...readToken(chosen),
    alternatives: (result.topCandidates?.[index]?.candidates ?? []).map(readToken),
  }));
}

function writeToken({ token, logprob }: { token: string; logprob: number }) {
  return { token, logProbability: logprob };
}

export function writeGeminiLogprobs(tokens: CanonicalTokenLogprob[]) {
  return {
    chosenCandidates: tokens.map(writeToken),
    topCandidates: tokens.map((token) => ({ candidates: token.alternatives.map(writeToken) })),
  };
}
