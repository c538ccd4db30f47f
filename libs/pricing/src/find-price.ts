import type { Price } from "@sluice/contracts/price";
import { findBookPrice } from "./price-book.ts";
import { findOverride, type PriceOverride } from "./price-overrides.ts";
import { type PriceTiers, priceInTiers } from "./price-tiers.ts";

/** A provider call as far as its price depends on it, but for its size. */
export interface PriceQuestion {
  /** Backend of the configuration; prices may be for one backend only. */
  backend: string;
  /** Provider as Sluice names it (`openai`, `anthropic`, `gemini`). */
  provider: string;
  /** Model as the provider was asked for it. */
  model: string;
  /** Model as the provider named it in its reply: what it bills, so it is looked up first. */
  responseModel?: string | undefined;
  /** When the call was made, epoch milliseconds. */
  atMs: number;
}

/**
 * What calls of all sizes cost: by the first fitting price of the configuration, else by the price book.
 * Pure: the same question, prices and release of the price book give the same tiers. The book answers in 15 to
 * 30 µs; whoever prices many calls keeps the answer, which holds for a minute (prices begin on full days, or at
 * full minutes of each day).
 *
 * @param overrides Prices of the configuration, in the order of the file. @default none
 * @returns undefined where nobody knows a price: that is not a price of 0.
 */
export function findPriceTiers(
  question: PriceQuestion,
  overrides: readonly PriceOverride[] = [],
): PriceTiers | undefined {
  const { backend, provider, model, responseModel, atMs } = question;
  const models = [...new Set([responseModel, model])].filter((name) => name !== undefined);
  const override = findOverride(overrides, { backend, models, atMs });
  if (override !== undefined) return [{ fromInputTokens: 0, price: override }];
  for (const name of models) {
    const tiers = findBookPrice({ provider, model: name, atMs });
    if (tiers !== undefined) return tiers;
  }
  return undefined;
}

/** A provider call as far as its price depends on it. */
export interface PricedCall extends PriceQuestion {
  /** All input tokens of the call: they choose the tier (such as "above 200,000 tokens"). */
  inputTokens: number;
}

/** The price of one call, see {@link findPriceTiers}. What the call costs says `costOf` (cost.ts). */
export function findPrice(call: PricedCall, overrides: readonly PriceOverride[] = []): Price | undefined {
  const tiers = findPriceTiers(call, overrides);
  return tiers === undefined ? undefined : priceInTiers(tiers, call.inputTokens);
}
