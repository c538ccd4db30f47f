import type { EntryStore } from "../adapters/entry-store.ts";
import type { Entry } from "../domain/entry.ts";
import { expireEntry } from "../domain/expire-entry.ts";
import { writeWithRetry } from "./write-with-retry.ts";

/** Entries that are given up in one transaction. */
const batchSize = 500;

/**
 * Gives up on the entries whose missing event was overdue before `beforeMs`: open ones become `unsettled` with
 * their estimate, those whose end is known and that were never dispatched become `unpriced`.
 *
 * @param beforeMs epoch milliseconds by the stream's clock
 * @returns the entries as they are now
 */
export async function expireEntries(store: EntryStore, beforeMs: number): Promise<Entry[]> {
  const expired: Entry[] = [];
  for (;;) {
    const written = await writeWithRetry(store, async () => {
      const found = await store.findOverdue(beforeMs, batchSize);
      return { entries: found.map(expireEntry), decisions: [] };
    });
    expired.push(...written);
    if (written.length < batchSize) return expired;
  }
}
