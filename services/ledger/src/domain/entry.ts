import type { CallKey } from "@sluice/contracts/call-id";
import type { Price } from "@sluice/contracts/price";
import type { Usage, UsageSource } from "@sluice/contracts/usage";
import type { DispatchedEvent, ReconciledEvent, SettledEvent } from "@sluice/contracts/usage-event";

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
  | "promptTemplate"
  | "promptVersion"
  | "estimatedUsage"
  | "price"
  | "workflowStep"
  | "parentRequestId"
>;

/** What the ledger keeps of a `settled` event: how it ended. */
export type SettledFacts = Pick<
  SettledEvent,
  | "atMs"
  | "outcome"
  | "usage"
  | "usageSource"
  | "price"
  | "saved"
  | "responseModel"
  | "providerStatus"
  | "providerRequestId"
  | "durationMs"
  | "timeToFirstTokenMs"
>;

/** What the ledger keeps of a `reconciled` event: what the provider's statement says. */
export type ReconciledFacts = Pick<
  ReconciledEvent,
  "atMs" | "usage" | "price" | "statement" | "providerRequestId"
>;

/**
 * All that was said of one provider call, of each kind of event the one that counts. What is booked follows from
 * it alone; see {@link import("./book-entry.ts").bookEntry}.
 */
export interface CallFacts {
  key: CallKey;
  /** Counts the writes of this entry, so that two writers can't overwrite each other unseen; 0 is unwritten. */
  version: number;
  /** When the stream took the first event of the call, epoch milliseconds by the stream's clock. */
  publishedAtMs: number;
  /** Missing only while another event overtook it. */
  dispatched?: DispatchedFacts;
  settled?: SettledFacts;
  reconciled?: ReconciledFacts;
  /** The event that is missing is not waited for any more. */
  givenUp: boolean;
  traceId?: string;
}

/**
 * - `open`: the call was dispatched and has not ended yet.
 * - `settled`: its end is known.
 * - `unsettled`: its deadline is long past and its end never came; the figures are estimates until it does.
 */
export const entryStatuses = ["open", "settled", "unsettled"] as const;
export type EntryStatus = (typeof entryStatuses)[number];

/**
 * - `pending`: not final yet, so not priced yet.
 * - `priced`: {@link Booking.costNanoUsd} is what it cost.
 * - `unpriced`: nobody knows the price. Never the cost 0.
 */
export const pricingStatuses = ["pending", "priced", "unpriced"] as const;
export type PricingStatus = (typeof pricingStatuses)[number];

/** What is in force of a call, and what it costs. */
export interface Booking {
  status: EntryStatus;
  /** That of the statement, else the settled one, else the estimate of an unsettled entry. Missing while open. */
  usage?: Usage;
  usageSource?: UsageSource;
  pricing: PricingStatus;
  /** Set exactly when `pricing` is `priced`. */
  costNanoUsd?: bigint;
  /** The price that the cost was made with; missing where nothing was billed. */
  price?: Price;
  /** Set for a reply from the cache. */
  saved?: SavedAmounts;
}

/** What a reply from the cache would have used and cost. */
export interface SavedAmounts {
  usage: Usage;
  /** Missing where nobody knows the price. */
  costNanoUsd?: bigint;
}

/** One provider call in the ledger. */
export interface Entry extends CallFacts, Booking {}

export function keyText(key: CallKey): string {
  return `${key.requestId}/${key.delivery}/${key.attempt}`;
}

/**
 * When the call was made, epoch milliseconds: what `from`, `to` and the buckets of the API go by. A later
 * settlement doesn't move a call to another day.
 */
export function occurredAtMs({ dispatched, settled, reconciled }: CallFacts): number {
  return dispatched?.atMs ?? settled?.atMs ?? reconciled?.atMs ?? 0;
}

/**
 * From when on the missing event of a call is overdue, epoch milliseconds by the stream's clock. The router's
 * clock says only how long the call may take: what it reads is of no concern here.
 */
export function overdueAtMs({ dispatched, publishedAtMs }: CallFacts): number {
  return publishedAtMs + (dispatched === undefined ? 0 : dispatched.deadlineMs - dispatched.atMs);
}
