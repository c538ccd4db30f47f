import type { Price } from "@sluice/contracts/price";
import { findPriceTiers, type PricedCall, type PriceQuestion } from "@sluice/pricing/find-price";
import { type PriceTiers, priceInTiers } from "@sluice/pricing/price-tiers";
import type { Snapshot } from "./snapshot.ts";

/** Prices of one model hold for so long at least: they change by the day, or at full minutes of each day. */
const holdsForMs = 60_000;
/** Prices that are kept per revision. Clients choose the names of models, so there may be any number of them. */
const maxKept = 1000;
/** The price of a model with a longer name is not kept. */
const longestKeptKey = 500;

/**
 * What calls cost, by the prices of a revision of the configuration and the price book. What was looked up is kept:
 * the book is asked once a minute per model, not once per call.
 */
export class PriceList {
  readonly #kept = new WeakMap<Snapshot, Map<string, PriceTiers | undefined>>();

  /** @returns undefined where nobody knows a price. The same object for the same model, tier and minute. */
  find(snapshot: Snapshot, call: PricedCall): Price | undefined {
    const tiers = this.#tiers(snapshot, call);
    return tiers === undefined ? undefined : priceInTiers(tiers, call.inputTokens);
  }

  #tiers(snapshot: Snapshot, question: PriceQuestion): PriceTiers | undefined {
    const kept = this.#keptFor(snapshot);
    const { backend, model, responseModel, atMs } = question;
    const key = JSON.stringify([backend, model, responseModel, Math.floor(atMs / holdsForMs)]);
    if (kept.has(key)) return kept.get(key);
    const tiers = findPriceTiers(question, snapshot.prices);
    if (key.length > longestKeptKey) return tiers;
    for (const oldest of kept.keys()) {
      if (kept.size < maxKept) break;
      kept.delete(oldest);
    }
    kept.set(key, tiers);
    return tiers;
  }

  #keptFor(snapshot: Snapshot): Map<string, PriceTiers | undefined> {
    let kept = this.#kept.get(snapshot);
    if (kept === undefined) {
      kept = new Map();
      this.#kept.set(snapshot, kept);
    }
    return kept;
  }
}
