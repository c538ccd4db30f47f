import type { EntryStore } from "../adapters/entry-store.ts";
import type { Entry } from "../domain/entry.ts";
import { expireEntry } from "../domain/expire-entry.ts";
import type { PriceSource } from "../domain/price-source.ts";
import { priceEntries, writeWithRetry } from "./record-events.ts";

/** Entries that are given up in one transaction. */
const batchSize = 500;

/**
 * Gives up on the entries whose missing event should have come before `beforeMs`: open ones become
 * `unsettled` with their estimate, settled ones that were never dispatched become `unpriced`.
 *
 * @param beforeMs epoch milliseconds; deadlines before it count as past
 * @returns the entries as they are now
 */
export async function expireEntries(
  store: EntryStore,
  prices: PriceSource,
  beforeMs: number,
): Promise<Entry[]> {
  const expired: Entry[] = [];
  for (;;) {
    const written = await writeWithRetry(store, async () => {
      const found = await store.findExpired(beforeMs, batchSize);
      const entries = await priceEntries(found.map(expireEntry), prices);
      return { entries, decisions: [], rejected: [] };
    });
    expired.push(...written);
    if (written.length < batchSize) return expired;
  }
}
