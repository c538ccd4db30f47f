import type { Usage } from "@sluice/contracts/usage";

/** What two calls used together. */
export function sumUsage(one: Usage, other: Usage): Usage {
  return {
    inputTokens: one.inputTokens + other.inputTokens,
    outputTokens: one.outputTokens + other.outputTokens,
    cachedInputTokens: one.cachedInputTokens + other.cachedInputTokens,
    cacheWriteInputTokens: one.cacheWriteInputTokens + other.cacheWriteInputTokens,
    cacheWriteOneHourInputTokens: one.cacheWriteOneHourInputTokens + other.cacheWriteOneHourInputTokens,
    reasoningTokens: one.reasoningTokens + other.reasoningTokens,
    inputAudioTokens: one.inputAudioTokens + other.inputAudioTokens,
    outputAudioTokens: one.outputAudioTokens + other.outputAudioTokens,
  };
}
