import type { Price } from "@sluice/contracts/price";
import type { Usage } from "@sluice/contracts/usage";
import { findBookPriceById } from "./price-book.ts";
import { priceInTiers } from "./price-tiers.ts";

export interface RepricedUsage {
  /** When the call was made, epoch milliseconds. */
  atMs: number;
  /** What it turned out to have used. */
  usage: Usage;
}

/**
 * The price of a call that has a price already and turned out to have used something else: that of the tier that
 * it reaches. Only a price of the book that has tiers can change by this. All others stay as they are, whatever
 * a later release of the book says, and so does the price of a model that the book has no longer.
 */
export function priceOfUsage(price: Price, { atMs, usage }: RepricedUsage): Price {
  if (price.source === "configuration" || price.provider === undefined) return price;
  const tiers = findBookPriceById({ provider: price.provider, model: price.model, atMs });
  return tiers === undefined || tiers.length === 1 ? price : priceInTiers(tiers, usage.inputTokens);
}
