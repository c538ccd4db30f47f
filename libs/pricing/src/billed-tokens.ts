import type { Operation } from "@sluice/contracts/dialect-name";
import type { TokenRates } from "@sluice/contracts/price";
import type { Usage } from "@sluice/contracts/usage";

/** Tokens of one call split so that each token is in exactly one kind, and so is charged once. */
export type BilledTokens = Record<keyof TokenRates, number>;

/**
 * Splits a usage, whose parts overlap its totals, into kinds that don't overlap.
 *
 * The totals are the truth: where a provider reports parts that exceed them, the parts are cut. Of audio and
 * cached input no provider says how far they overlap; the least overlap that fits the total is taken, which
 * is the reading that never undercharges. Embeddings have no output, whatever a server reports for it.
 */
export function splitTokens(usage: Usage, operation: Operation): BilledTokens {
  const inputTokens = usage.inputTokens;
  const cacheWrite = Math.min(usage.cacheWriteInputTokens, inputTokens);
  const cacheWriteOneHour = Math.min(usage.cacheWriteOneHourInputTokens, cacheWrite);
  const cached = Math.min(usage.cachedInputTokens, inputTokens - cacheWrite);
  const audio = Math.min(usage.inputAudioTokens, inputTokens);
  const overlap = Math.max(0, cacheWrite + cached + audio - inputTokens);
  const cachedAudio = Math.min(overlap, cached);
  const plainAudio = audio - overlap;

  const outputTokens = operation === "embeddings" ? 0 : usage.outputTokens;
  const reasoning = Math.min(usage.reasoningTokens, outputTokens);
  const outputAudio = Math.min(usage.outputAudioTokens, outputTokens - reasoning);
  return {
    input: inputTokens - cacheWrite - cached - plainAudio,
    cachedInput: cached - cachedAudio,
    cacheWriteInput: cacheWrite - cacheWriteOneHour,
    cacheWriteOneHourInput: cacheWriteOneHour,
    inputAudio: plainAudio,
    cachedInputAudio: cachedAudio,
    output: outputTokens - reasoning - outputAudio,
    reasoning,
    outputAudio,
  };
}
