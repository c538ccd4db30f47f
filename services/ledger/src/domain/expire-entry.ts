import { bookEntry, factsOf } from "./book-entry.ts";
import type { Entry } from "./entry.ts";

/**
 * Gives up waiting for the missing event of a call:
 * - an open entry becomes `unsettled`, with the estimated usage in force and marked as estimated;
 * - an entry whose end is known and whose `dispatched` never came becomes `unpriced`: nobody knows what was called.
 *
 * Either is put right by {@link import("./apply-event.ts").applyEvent} when the event comes after all.
 *
 * @returns the same object when there is nothing to give up.
 */
export function expireEntry(entry: Entry): Entry {
  const isMissingOne = entry.status === "open" || entry.dispatched === undefined;
  return entry.givenUp || !isMissingOne ? entry : bookEntry({ ...factsOf(entry), givenUp: true });
}
