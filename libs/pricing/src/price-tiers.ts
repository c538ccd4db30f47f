import type { Price } from "@sluice/contracts/price";

/** The price of one model for calls of a certain size. */
export interface PriceTier {
  /** Input tokens of a call from which on the tier holds, for all tokens of the call. */
  fromInputTokens: number;
  price: Price;
}

/** What a model costs at one time: the tier of the smallest calls, from 0 on, then those above it, rising. */
export type PriceTiers = readonly [PriceTier, ...PriceTier[]];

/** The price of a call of this size. The same object for each call of a tier. */
export function priceInTiers(tiers: PriceTiers, inputTokens: number): Price {
  return (tiers.findLast((tier) => tier.fromInputTokens <= inputTokens) ?? tiers[0]).price;
}
