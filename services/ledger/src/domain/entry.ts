import type { Usage, UsageSource } from "@sluice/contracts/usage";
import type { DispatchedEvent, SettledEvent } from "@sluice/contracts/usage-event";
import type { Price } from "@sluice/pricing/price";

/** Identity of a provider call: which request, which sending of it, which call within that. */
export interface CallKey {
  requestId: string;
  delivery: number;
  attempt: number;
}

/** What the ledger keeps of a `dispatched` event: who called what. */
export type DispatchedFacts = Pick<
  DispatchedEvent,
  | "atMs"
  | "deadlineMs"
  | "revision"
  | "identity"
  | "operation"
  | "dialect"
  | "requestModel"
  | "backend"
  | "provider"
  | "providerModel"
  | "stream"
  | "estimatedUsage"
>;

/** What the ledger keeps of a `settled` event: how it ended. Its usage becomes the entry's. */
export type SettledFacts = Pick<
  SettledEvent,
  | "atMs"
  | "outcome"
  | "responseModel"
  | "providerStatus"
  | "providerRequestId"
  | "durationMs"
  | "timeToFirstTokenMs"
>;

/**
 * - `open`: the call was dispatched and has not ended yet.
 * - `settled`: its end is known.
 * - `unsettled`: its deadline is long past and its end never came; the figures are estimates until it does.
 */
export const entryStatuses = ["open", "settled", "unsettled"] as const;
export type EntryStatus = (typeof entryStatuses)[number];

/**
 * - `pending`: not final yet, so not priced yet.
 * - `priced`: {@link Entry.costNanoUsd} is what it cost.
 * - `unpriced`: nobody knows the price. Never the cost 0.
 */
export const pricingStatuses = ["pending", "priced", "unpriced"] as const;
export type PricingStatus = (typeof pricingStatuses)[number];

/** One provider call in the ledger. */
export interface Entry {
  key: CallKey;
  /** Counts the writes of this entry, so that two writers can't overwrite each other unseen; 0 is unwritten. */
  version: number;
  status: EntryStatus;
  /** Missing only while `settled` overtook `dispatched`. */
  dispatched?: DispatchedFacts;
  settled?: SettledFacts;
  /** The usage in force: the settled one, or the estimate of an unsettled entry. Missing while open. */
  usage?: Usage;
  usageSource?: UsageSource;
  pricing: PricingStatus;
  /** Set exactly when `pricing` is `priced`. */
  costNanoUsd?: bigint;
  /** The price that the cost was made with; missing where nothing was billed. */
  price?: Price;
  traceId?: string;
}

export function keyText(key: CallKey): string {
  return `${key.requestId}/${key.delivery}/${key.attempt}`;
}

/** An entry that nothing is known about yet. */
export function emptyEntry(key: CallKey): Entry {
  return { key, version: 0, status: "open", pricing: "pending" };
}

/**
 * When the call was made, epoch milliseconds: what `from`, `to` and the buckets of the API go by. A later
 * settlement doesn't move a call to another day.
 */
export function occurredAtMs(entry: Entry): number {
  return entry.dispatched?.atMs ?? entry.settled?.atMs ?? 0;
}
