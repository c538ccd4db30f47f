import { setTimeout as sleep } from "node:timers/promises";
import type { DispatchedEvent } from "@sluice/contracts/usage-event";
import { isDataError } from "../adapters/database-error.ts";
import { type EntryStore, type LedgerWrite, WriteConflict } from "../adapters/entry-store.ts";
import { auditedDecisions } from "../domain/audited-decision.ts";
import {
  type DecodedEvents,
  decodeEvents,
  type EventMessage,
  type RejectedEvent,
  rejectEvent,
} from "../domain/decode-events.ts";
import type { Entry } from "../domain/entry.ts";
import { foldEvents, keysOf } from "../domain/fold-events.ts";
import { priceEntry } from "../domain/price-entry.ts";
import type { PriceSource } from "../domain/price-source.ts";

/** What became of a batch of events. */
export interface RecordedEvents {
  decoded: DecodedEvents;
  /** Entries that were written, as they are now. */
  entries: Entry[];
  rejected: RejectedEvent[];
}

/** Two replicas that write the same call at the same moment are rare, and each round one of them gets through. */
const maxConflicts = 10;

/**
 * Books a batch of messages: decodes them, adds them to the entries of their calls, prices what has come to
 * its end, and writes all of it in one transaction. When it resolves, everything is in the database.
 *
 * An event that the database refuses is set aside in `rejected_events`, alone; a database that is away makes
 * it reject, and then nothing was written.
 */
export async function recordEvents(
  store: EntryStore,
  prices: PriceSource,
  messages: readonly EventMessage[],
): Promise<RecordedEvents> {
  const decoded = decodeEvents(messages);
  try {
    return await recordDecoded(store, prices, decoded);
  } catch (error) {
    if (!isDataError(error)) throw error;
    return await recordOneByOne(store, prices, decoded);
  }
}

async function recordDecoded(
  store: EntryStore,
  prices: PriceSource,
  decoded: DecodedEvents,
): Promise<RecordedEvents> {
  const events = decoded.usage.map(({ event }) => event);
  const dispatched = events.filter((event): event is DispatchedEvent => event.type === "dispatched");
  const decisions = auditedDecisions(
    decoded.decisions.map(({ event }) => event),
    dispatched,
  );
  const entries = await writeWithRetry(store, async () => {
    const known = await store.findByKeys(keysOf(events));
    const changed = await priceEntries(foldEvents(known, events), prices);
    return { entries: changed, decisions, rejected: decoded.rejected };
  });
  return { decoded, entries, rejected: decoded.rejected };
}

/** Finds out which events the database can't hold: each is written alone, those that fail are set aside. */
async function recordOneByOne(
  store: EntryStore,
  prices: PriceSource,
  decoded: DecodedEvents,
): Promise<RecordedEvents> {
  const result: RecordedEvents = { decoded, entries: [], rejected: [...decoded.rejected] };
  const single = { usage: [], decisions: [], rejected: [] };
  const parts: { source: EventMessage; part: DecodedEvents }[] = [
    ...decoded.usage.map((item) => ({ source: item.source, part: { ...single, usage: [item] } })),
    ...decoded.decisions.map((item) => ({ source: item.source, part: { ...single, decisions: [item] } })),
  ];
  for (const { source, part } of parts) {
    try {
      const { entries } = await recordDecoded(store, prices, part);
      result.entries.push(...entries);
    } catch (error) {
      if (!isDataError(error)) throw error;
      result.rejected.push(rejectEvent(source, "the database can't hold its values"));
    }
  }
  await store.write({ entries: [], decisions: [], rejected: result.rejected });
  return result;
}

/**
 * Reads, changes and writes until no other writer came in between.
 * @returns the entries that were written
 */
export async function writeWithRetry(
  store: EntryStore,
  prepare: () => Promise<LedgerWrite>,
): Promise<Entry[]> {
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

/** Prices the entries that have come to their end by the configuration that each was made under. */
export async function priceEntries(entries: readonly Entry[], prices: PriceSource): Promise<Entry[]> {
  return await Promise.all(
    entries.map(async (entry) => priceEntry(entry, await prices.overridesAt(entry.dispatched?.revision))),
  );
}
