import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";
import { type EntryStore, type LedgerWrite, WriteConflict } from "../adapters/entry-store.ts";
import type { Entry } from "../domain/entry.ts";

/** Two replicas that write the same call at the same moment are rare, and each round one of them gets through. */
const maxConflicts = 10;

/**
 * Reads, changes and writes until no other writer came in between. Lets everything else have a turn before it:
 * PGlite works on this thread, and a series of writes would leave the bus without an answer to its pings.
 * @returns the entries that were written
 */
export async function writeWithRetry(
  store: EntryStore,
  prepare: () => Promise<LedgerWrite>,
): Promise<Entry[]> {
  await nextTurn();
  for (let conflicts = 0; ; conflicts += 1) {
    const write = await prepare();
    try {
      await store.write(write);
      return [...write.entries];
    } catch (error) {
      if (!(error instanceof WriteConflict) || conflicts >= maxConflicts) throw error;
      await sleep(Math.random() * 20 * (conflicts + 1));
    }
  }
}
