import type { Price } from "@sluice/contracts/price";
import { costOf } from "@sluice/pricing/cost";
import type { Booking, CallFacts, Entry, EntryStatus, SavedAmounts } from "./entry.ts";

/**
 * Books a call: decides which of the things that were said of it are in force, and prices them. A pure function of
 * the facts, so that the same events give the same entry whenever and wherever they are read.
 *
 * The kinds of events outrank each other, whatever their times say, for those are of different clocks: the
 * provider's statement, then the settlement, then the estimate of a call that was given up.
 */
export function bookEntry(facts: CallFacts): Entry {
  const saved = savedOf(facts);
  return { ...facts, ...bookingOf(facts), ...(saved === undefined ? {} : { saved }) };
}

/** What an entry knows, without what was booked by it. */
export function factsOf(entry: Entry): CallFacts {
  const { status: _status, usage: _usage, usageSource: _source, ...rest } = entry;
  const { pricing: _pricing, costNanoUsd: _cost, price: _price, saved: _saved, ...facts } = rest;
  return facts;
}

function bookingOf(facts: CallFacts): Booking {
  const status = statusOf(facts);
  const figures = figuresOf(facts);
  const { dispatched } = facts;
  if (figures === undefined) return { status, pricing: "pending" };
  // Without `dispatched` nobody knows what was called; it may simply be on its way.
  if (dispatched === undefined)
    return { status, ...figures, pricing: facts.givenUp ? "unpriced" : "pending" };
  if (isNotBilled(facts)) return { status, ...figures, pricing: "priced", costNanoUsd: 0n };
  const price = priceInForce(facts);
  const costNanoUsd = price && costOf(figures.usage, price, dispatched.operation);
  if (price === undefined || costNanoUsd === undefined) return { status, ...figures, pricing: "unpriced" };
  return { status, ...figures, pricing: "priced", costNanoUsd, price };
}

/** A statement that bills the call says that nothing was saved. */
function savedOf({ dispatched, settled, reconciled }: CallFacts): SavedAmounts | undefined {
  if (settled?.saved === undefined || dispatched === undefined) return undefined;
  if (reconciled !== undefined && !usesNothing(reconciled.usage)) return undefined;
  const { usage, price } = settled.saved;
  const costNanoUsd = price && costOf(usage, price, dispatched.operation);
  return costNanoUsd === undefined ? { usage } : { usage, costNanoUsd };
}

function statusOf({ settled, reconciled, givenUp }: CallFacts): EntryStatus {
  if (settled !== undefined || reconciled !== undefined) return "settled";
  return givenUp ? "unsettled" : "open";
}

function figuresOf(facts: CallFacts): Required<Pick<Booking, "usage" | "usageSource">> | undefined {
  const { dispatched, settled, reconciled, givenUp } = facts;
  if (reconciled !== undefined) return { usage: reconciled.usage, usageSource: "statement" };
  if (settled !== undefined) return { usage: settled.usage, usageSource: settled.usageSource };
  if (givenUp && dispatched !== undefined) {
    return { usage: dispatched.estimatedUsage, usageSource: "estimated" };
  }
  return undefined;
}

/**
 * The price of the figures in force. Each event names one only where it is another than the event before it had;
 * null says that nobody knows one.
 *
 * @returns undefined when it is not known
 */
export function priceInForce({ dispatched, settled, reconciled }: CallFacts): Price | undefined {
  const named = [reconciled?.price, settled?.price, dispatched?.price].find((price) => price !== undefined);
  return named ?? undefined;
}

/**
 * Whether the call costs nothing whatever its price is: it is not on the provider's statement, or it was never
 * made, or it failed without using a token.
 */
function isNotBilled({ settled, reconciled }: CallFacts): boolean {
  if (reconciled !== undefined) return usesNothing(reconciled.usage);
  if (settled === undefined) return false;
  const wasCalled = settled.outcome !== "not_called" && settled.outcome !== "cached";
  return !wasCalled || (settled.outcome === "failed" && usesNothing(settled.usage));
}

function usesNothing({ inputTokens, outputTokens }: { inputTokens: number; outputTokens: number }): boolean {
  return inputTokens === 0 && outputTokens === 0;
}
