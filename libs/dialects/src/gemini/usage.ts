import type { Usage } from "@sluice/contracts/usage";
import { z } from "zod";

const count = z.number().nonnegative().nullish();
const modalities = z.array(z.object({ modality: z.string().nullish(), tokenCount: count })).nullish();

export const geminiUsageSchema = z.object({
  promptTokenCount: count,
  candidatesTokenCount: count,
  thoughtsTokenCount: count,
  toolUsePromptTokenCount: count,
  cachedContentTokenCount: count,
  totalTokenCount: count,
  promptTokensDetails: modalities,
  candidatesTokensDetails: modalities,
});

function audioTokens(details: z.infer<typeof modalities>): number {
  return (details ?? []).reduce(
    (sum, item) => sum + (item.modality === "AUDIO" ? (item.tokenCount ?? 0) : 0),
    0,
  );
}

/**
 * Thoughts are counted beside the candidates, and what tools put into the prompt beside the prompt: both are added.
 * A count that is missing is 0, which Google's JSON leaves out.
 * @returns undefined where the provider counted nothing.
 */
export function readGeminiUsage(
  usage: z.infer<typeof geminiUsageSchema> | null | undefined,
): Usage | undefined {
  if (
    usage?.promptTokenCount == null &&
    usage?.totalTokenCount == null &&
    usage?.candidatesTokenCount == null
  ) {
    return undefined;
  }
  const thoughts = usage.thoughtsTokenCount ?? 0;
  return {
    inputTokens: (usage.promptTokenCount ?? 0) + (usage.toolUsePromptTokenCount ?? 0),
    outputTokens: (usage.candidatesTokenCount ?? 0) + thoughts,
    cachedInputTokens: usage.cachedContentTokenCount ?? 0,
    cacheWriteInputTokens: 0,
    cacheWriteOneHourInputTokens: 0,
    reasoningTokens: thoughts,
    inputAudioTokens: audioTokens(usage.promptTokensDetails),
    outputAudioTokens: audioTokens(usage.candidatesTokensDetails),
  };
}

function writeDetails(tokens: number, audio: number) {
  const text = { modality: "TEXT", tokenCount: tokens - audio };
  return audio === 0 ? [text] : [text, { modality: "AUDIO", tokenCount: audio }];
}

export function writeGeminiUsage(usage: Usage) {
  return {
    promptTokenCount: usage.inputTokens,
    candidatesTokenCount: usage.outputTokens - usage.reasoningTokens,
    totalTokenCount: usage.inputTokens + usage.outputTokens,
    ...(usage.cachedInputTokens === 0 ? {} : { cachedContentTokenCount: usage.cachedInputTokens }),
    promptTokensDetails: writeDetails(usage.inputTokens, usage.inputAudioTokens),
    ...(usage.reasoningTokens === 0 ? {} : { thoughtsTokenCount: usage.reasoningTokens }),
  };
}
