import type { Operation } from "@sluice/contracts/dialect-name";
import type { Price, TokenRates } from "@sluice/contracts/price";
import type { Usage } from "@sluice/contracts/usage";
import { type BilledTokens, splitTokens } from "./billed-tokens.ts";
import { ExactDecimal } from "./exact-decimal.ts";

/** A dollar per million tokens is a thousand nano-dollars per token. */
const nanoPerTokenPerUsdPerMillion = 1000;
const nanoPerUsd = 1_000_000_000;

/** The kinds with the rates that stand in for a missing one, nearest first. */
const fallbacks: Record<keyof TokenRates, readonly (keyof TokenRates)[]> = {
  input: ["input"],
  cachedInput: ["cachedInput", "input"],
  cacheWriteInput: ["cacheWriteInput", "input"],
  cacheWriteOneHourInput: ["cacheWriteOneHourInput", "cacheWriteInput", "input"],
  inputAudio: ["inputAudio", "input"],
  cachedInputAudio: ["cachedInputAudio", "inputAudio", "cachedInput", "input"],
  output: ["output"],
  reasoning: ["reasoning", "output"],
  outputAudio: ["outputAudio", "output"],
};
const kinds = Object.keys(fallbacks) as (keyof BilledTokens)[];

/**
 * Cost of a call in nano-dollars: the sum over the kinds of tokens × rate × 1000, plus the charge per
 * request, computed exactly and rounded once, half-even.
 *
 * @returns undefined when tokens were used that the price has no rate for: that is not a cost of 0.
 */
export function costOf(usage: Usage, price: Price, operation: Operation): bigint | undefined {
  const tokens = splitTokens(usage, operation);
  let costNanoUsd = new ExactDecimal(price.usdPerRequest ?? 0).times(nanoPerUsd);
  for (const kind of kinds) {
    if (tokens[kind] === 0) continue;
    const rate = rateFor(kind, price.usdPerMillionTokens);
    if (rate === undefined) return undefined;
    costNanoUsd = costNanoUsd.plus(
      new ExactDecimal(rate).times(nanoPerTokenPerUsdPerMillion).times(tokens[kind]),
    );
  }
  return BigInt(costNanoUsd.toDecimalPlaces(0).toFixed());
}

function rateFor(kind: keyof TokenRates, rates: TokenRates): string | undefined {
  for (const candidate of fallbacks[kind]) {
    const rate = rates[candidate];
    if (rate !== undefined) return rate;
  }
  return undefined;
}
