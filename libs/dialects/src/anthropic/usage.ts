import type { Usage } from "@sluice/contracts/usage";
import { z } from "zod";

const count = z.number().nonnegative().nullish();

export const anthropicUsageSchema = z.object({
  input_tokens: count,
  output_tokens: count,
  cache_read_input_tokens: count,
  cache_creation_input_tokens: count,
  cache_creation: z.object({ ephemeral_5m_input_tokens: count, ephemeral_1h_input_tokens: count }).nullish(),
  output_tokens_details: z.object({ thinking_tokens: count }).nullish(),
});
export type AnthropicUsage = z.infer<typeof anthropicUsageSchema>;

/**
 * Anthropic's `input_tokens` are those that the cache had no part in: reads and writes are added.
 * @returns undefined where the provider counted nothing.
 */
export function readAnthropicUsage(usage: AnthropicUsage | null | undefined): Usage | undefined {
  if (usage?.input_tokens == null && usage?.output_tokens == null) return undefined;
  const cacheReads = usage.cache_read_input_tokens ?? 0;
  const byLifetime = usage.cache_creation;
  const oneHour = byLifetime?.ephemeral_1h_input_tokens ?? 0;
  const cacheWrites =
    usage.cache_creation_input_tokens ?? oneHour + (byLifetime?.ephemeral_5m_input_tokens ?? 0);
  return {
    inputTokens: (usage.input_tokens ?? 0) + cacheReads + cacheWrites,
    outputTokens: usage.output_tokens ?? 0,
    cachedInputTokens: cacheReads,
    cacheWriteInputTokens: cacheWrites,
    cacheWriteOneHourInputTokens: oneHour,
    reasoningTokens: usage.output_tokens_details?.thinking_tokens ?? 0,
    inputAudioTokens: 0,
    outputAudioTokens: 0,
  };
}

/** A stream's later figures are totals that replace the earlier ones; what they leave out stays. */
export function mergeAnthropicUsage(
  earlier: AnthropicUsage | undefined,
  later: AnthropicUsage,
): AnthropicUsage {
  const told = Object.entries(later).filter(([, value]) => value !== null && value !== undefined);
  return { ...earlier, ...Object.fromEntries(told) };
}

/**
 * Anthropic's SDKs require `usage` with numbers. Where nothing is known they are 0; the caller puts an
 * estimate into the reply where it has one.
 */
export function writeAnthropicUsage(usage: Usage | undefined) {
  const cacheReads = usage?.cachedInputTokens ?? 0;
  const cacheWrites = usage?.cacheWriteInputTokens ?? 0;
  const oneHour = usage?.cacheWriteOneHourInputTokens ?? 0;
  return {
    cache_creation:
      cacheWrites === 0
        ? null
        : { ephemeral_1h_input_tokens: oneHour, ephemeral_5m_input_tokens: cacheWrites - oneHour },
    cache_creation_input_tokens: cacheWrites,
    cache_read_input_tokens: cacheReads,
    inference_geo: null,
    input_tokens: Math.max(0, (usage?.inputTokens ?? 0) - cacheReads - cacheWrites),
    output_tokens: usage?.outputTokens ?? 0,
    output_tokens_details:
      usage === undefined || usage.reasoningTokens === 0 ? null : { thinking_tokens: usage.reasoningTokens },
    server_tool_use: null,
    service_tier: null,
    speed: null,
  };
}
