import type { Usage } from "@sluice/contracts/usage";
import fc from "fast-check";

const tokens = fc.oneof(fc.nat({ max: 300 }), fc.nat({ max: 2_000_000 }));

/** For tests: any usage, parts that exceed their totals included. */
export const usageArbitrary: fc.Arbitrary<Usage> = fc.record({
  inputTokens: tokens,
  outputTokens: tokens,
  cachedInputTokens: tokens,
  cacheWriteInputTokens: tokens,
  cacheWriteOneHourInputTokens: tokens,
  reasoningTokens: tokens,
  inputAudioTokens: tokens,
  outputAudioTokens: tokens,
});
