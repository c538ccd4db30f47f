import type { Operation } from "@sluice/contracts/dialect-name";
import type { Usage } from "@sluice/contracts/usage";
import { costOf } from "./cost.ts";
import type { Price } from "./price.ts";
import { findBookPrice } from "./price-book.ts";
import { findOverride, type PriceOverride } from "./price-overrides.ts";

/** A provider call as pricing sees it. */
export interface PricedCall {
  /** Backend of the configuration; prices may be for one backend only. */
  backend: string;
  /** Provider as Sluice names it (`openai`, `anthropic`, `gemini`). */
  provider: string;
  /** Model as the provider was asked for it. */
  model: string;
  /** Model as the provider named it in its reply: what it bills, so it is looked up first. */
  responseModel?: string | undefined;
  usage: Usage;
  /** When the call was made, epoch milliseconds. */
  atMs: number;
  operation: Operation;
}

/** What a call cost, or that nobody can say: an unknown price is never 0. */
export type Pricing = { status: "priced"; costNanoUsd: bigint; price: Price } | { status: "unpriced" };

/**
 * Prices one call: by the first fitting price of the configuration, else by the price book.
 * Pure: the same call, prices and release of the price book give the same cost.
 *
 * @param overrides Prices of the configuration, in the order of the file. @default none
 */
export function priceUsage(call: PricedCall, overrides: readonly PriceOverride[] = []): Pricing {
  const models = [...new Set([call.responseModel, call.model])].filter((model) => model !== undefined);
  const price =
    findOverride(overrides, { backend: call.backend, models, atMs: call.atMs }) ?? bookPrice(call, models);
  if (price === undefined) return { status: "unpriced" };
  const costNanoUsd = costOf(call.usage, price, call.operation);
  return costNanoUsd === undefined ? { status: "unpriced" } : { status: "priced", costNanoUsd, price };
}

function bookPrice(call: PricedCall, models: readonly string[]): Price | undefined {
  for (const model of models) {
    const price = findBookPrice({
      provider: call.provider,
      model,
      atMs: call.atMs,
      inputTokens: call.usage.inputTokens,
    });
    if (price !== undefined) return price;
  }
  return undefined;
}
