import { z } from "zod";

const tokens = z.int().nonnegative();

/**
 * Tokens of one provider call in one shape for all providers.
 * `inputTokens` and `outputTokens` are totals; the other fields are parts of them, never in addition.
 * (Anthropic reports cache reads and writes beside `input_tokens`; the dialect adds them up.)
 */
export const usageSchema = z.object({
  inputTokens: tokens,
  outputTokens: tokens,
  /** Part of the input read from the provider's prompt cache. */
  cachedInputTokens: tokens.default(0),
  /** Part of the input written to the provider's prompt cache, of any lifetime. */
  cacheWriteInputTokens: tokens.default(0),
  /** Part of `cacheWriteInputTokens` that is kept for an hour, priced apart by Anthropic. */
  cacheWriteOneHourInputTokens: tokens.default(0),
  /** Part of the output that the model spent on reasoning. */
  reasoningTokens: tokens.default(0),
  inputAudioTokens: tokens.default(0),
  outputAudioTokens: tokens.default(0),
});
export type Usage = z.infer<typeof usageSchema>;

/** No tokens at all. */
export const noUsage: Usage = Object.freeze({
  inputTokens: 0,
  outputTokens: 0,
  cachedInputTokens: 0,
  cacheWriteInputTokens: 0,
  cacheWriteOneHourInputTokens: 0,
  reasoningTokens: 0,
  inputAudioTokens: 0,
  outputAudioTokens: 0,
});

/**
 * Where the figures come from: the provider's reply, Sluice's own count because the provider gave none, or the
 * provider's statement, which an entry was reconciled with.
 */
export const usageSourceSchema = z.enum(["provider", "estimated", "statement"]);
export type UsageSource = z.infer<typeof usageSourceSchema>;
