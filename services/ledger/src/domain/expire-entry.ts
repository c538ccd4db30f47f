import type { Entry } from "./entry.ts";

/**
 * Gives up waiting for the end of a call:
 * - an open entry becomes `unsettled`, with the estimated usage in force and marked as estimated;
 * - a settled entry whose `dispatched` never came becomes `unpriced`: nobody knows what was called.
 *
 * Either is put right by {@link import("./apply-event.ts").applyEvent} when the missing event comes after all.
 *
 * @returns the same object when there is nothing to give up.
 */
export function expireEntry(entry: Entry): Entry {
  if (entry.status === "open" && entry.dispatched !== undefined) {
    return {
      ...entry,
      status: "unsettled",
      usage: entry.dispatched.estimatedUsage,
      usageSource: "estimated",
    };
  }
  if (entry.status === "settled" && entry.dispatched === undefined && entry.pricing === "pending") {
    return { ...entry, pricing: "unpriced" };
  }
  return entry;
}
