import type { Usage } from "@sluice/contracts/usage";
import type { PriceOverride } from "@sluice/pricing/price-overrides";
import { priceUsage } from "@sluice/pricing/price-usage";
import type { Entry } from "./entry.ts";

/**
 * Prices an entry that has come to its end and is not priced yet. Others are returned as they are: an entry
 * keeps the price it was made with, and one that is still open has none.
 *
 * The price is the one of the time of the call. A call that was never made, or that failed without using a
 * token, costs nothing whatever the price is.
 */
export function priceEntry(entry: Entry, overrides: readonly PriceOverride[]): Entry {
  const { dispatched, settled, usage } = entry;
  if (entry.pricing !== "pending" || usage === undefined || dispatched === undefined) return entry;
  if (settled !== undefined && isNotBilled(settled.outcome, usage)) {
    return { ...entry, pricing: "priced", costNanoUsd: 0n };
  }
  const pricing = priceUsage(
    {
      backend: dispatched.backend,
      provider: dispatched.provider,
      model: dispatched.providerModel,
      responseModel: settled?.responseModel,
      usage,
      atMs: dispatched.atMs,
      operation: dispatched.operation,
    },
    overrides,
  );
  if (pricing.status === "unpriced") return { ...entry, pricing: "unpriced" };
  return { ...entry, pricing: "priced", costNanoUsd: pricing.costNanoUsd, price: pricing.price };
}

function isNotBilled(outcome: string, usage: Usage): boolean {
  if (outcome === "not_called") return true;
  return outcome === "failed" && usage.inputTokens === 0 && usage.outputTokens === 0;
}
