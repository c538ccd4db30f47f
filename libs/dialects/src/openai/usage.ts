import type { Usage } from "@sluice/contracts/usage";
import { z } from "zod";

const count = z.number().nonnegative().nullish();

export const openaiUsageSchema = z.object({
  prompt_tokens: count,
  completion_tokens: count,
  total_tokens: count,
  prompt_tokens_details: z
    .object({ cached_tokens: count, cache_write_tokens: count, audio_tokens: count })
    .nullish(),
  completion_tokens_details: z.object({ reasoning_tokens: count, audio_tokens: count }).nullish(),
});

/**
 * `prompt_tokens` and `completion_tokens` are totals, as ours are.
 * @returns undefined where the provider counted nothing.
 */
export function readOpenaiUsage(
  usage: z.infer<typeof openaiUsageSchema> | null | undefined,
): Usage | undefined {
  if (usage?.prompt_tokens == null && usage?.completion_tokens == null) return undefined;
  const input = usage.prompt_tokens_details;
  const output = usage.completion_tokens_details;
  return {
    inputTokens: usage.prompt_tokens ?? 0,
    outputTokens: usage.completion_tokens ?? 0,
    cachedInputTokens: input?.cached_tokens ?? 0,
    cacheWriteInputTokens: input?.cache_write_tokens ?? 0,
    cacheWriteOneHourInputTokens: 0,
    reasoningTokens: output?.reasoning_tokens ?? 0,
    inputAudioTokens: input?.audio_tokens ?? 0,
    outputAudioTokens: output?.audio_tokens ?? 0,
  };
}

export function writeOpenaiUsage(usage: Usage) {
  return {
    prompt_tokens: usage.inputTokens,
    completion_tokens: usage.outputTokens,
    total_tokens: usage.inputTokens + usage.outputTokens,
    prompt_tokens_details: {
      cached_tokens: usage.cachedInputTokens,
      cache_write_tokens: usage.cacheWriteInputTokens,
      audio_tokens: usage.inputAudioTokens,
    },
    completion_tokens_details: {
      reasoning_tokens: usage.reasoningTokens,
      audio_tokens: usage.outputAudioTokens,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  };
}
