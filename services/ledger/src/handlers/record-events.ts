import type { DeadLetter } from "@sluice/contracts/dead-letter";
import type { DispatchedEvent } from "@sluice/contracts/usage-event";
import { isDataError, mayBeFaultOfEvent } from "../adapters/database-error.ts";
import { type EntryStore, WriteConflict } from "../adapters/entry-store.ts";
import { auditedDecisions } from "../domain/audited-decision.ts";
import { deadLetterOf, nameOf } from "../domain/dead-letter.ts";
import { type DecodedEvents, decodeEvents } from "../domain/decode-events.ts";
import type { Entry } from "../domain/entry.ts";
import type { EventMessage } from "../domain/event-message.ts";
import { foldEvents, keysOf } from "../domain/fold-events.ts";
import { givenFeedback } from "../domain/given-feedback.ts";
import { writeWithRetry } from "./write-with-retry.ts";

/** Where events are booked, and where those go that can't be. */
export interface EventSinks {
  store: EntryStore;
  /** Resolves when the dead letters are kept for good. */
  keepDeadLetters(letters: readonly DeadLetter[]): Promise<void>;
}

/** What became of a batch of events. */
export interface RecordedEvents {
  decoded: DecodedEvents;
  /** Entries that were written, as they are now. */
  entries: Entry[];
  deadLetters: DeadLetter[];
}

/**
 * Books a batch of messages: decodes them, adds them to the entries of their calls, prices what has come to its
 * end, and writes all of it in one transaction. When it resolves, everything is in the database.
 *
 * An event that can't be booked, whether its values or our own code are at fault, becomes a dead letter, alone; the
 * others are booked. A database that is away makes it reject, and so does a place for dead letters that is away;
 * what was booked until then does no harm when it comes again.
 */
export async function recordEvents(
  sinks: EventSinks,
  messages: readonly EventMessage[],
): Promise<RecordedEvents> {
  const decoded = decodeEvents(messages);
  const { entries, deadLetters } = await record(sinks.store, decoded);
  const all = onceEach([...decoded.deadLetters, ...deadLetters]);
  if (all.length > 0) await sinks.keepDeadLetters(all);
  return { decoded, entries, deadLetters: all };
}

type Recorded = Pick<RecordedEvents, "entries" | "deadLetters">;

async function record(store: EntryStore, decoded: DecodedEvents): Promise<Recorded> {
  try {
    return { entries: await recordDecoded(store, decoded), deadLetters: [] };
  } catch (error) {
    if (!isFaultOfEvent(error)) throw error;
    return await recordOneByOne(store, decoded);
  }
}

async function recordDecoded(store: EntryStore, decoded: DecodedEvents): Promise<Entry[]> {
  const events = decoded.usage.map(({ event, publishedAtMs }) => ({ event, publishedAtMs }));
  const keys = keysOf(events.map(({ event }) => event));
  const dispatched = events
    .map(({ event }) => event)
    .filter((event): event is DispatchedEvent => event.type === "dispatched");
  const decisions = auditedDecisions(
    decoded.decisions.map(({ event }) => event),
    dispatched,
  );
  return await writeWithRetry(store, async () => ({
    entries: foldEvents(await store.findByKeys(keys), events),
    decisions,
    feedback: givenFeedback(decoded.feedback.map(({ event }) => event)),
    changes: decoded.changes.map(({ event }) => event),
  }));
}

/** Finds out which events can't be booked: each is written alone, those that fail become dead letters. */
async function recordOneByOne(store: EntryStore, decoded: DecodedEvents): Promise<Recorded> {
  const recorded: Recorded = { entries: [], deadLetters: [] };
  const nothing: DecodedEvents = { usage: [], decisions: [], feedback: [], changes: [], deadLetters: [] };
  const parts = [
    ...decoded.usage.map((item) => ({ source: item.source, part: { ...nothing, usage: [item] } })),
    ...decoded.decisions.map((item) => ({ source: item.source, part: { ...nothing, decisions: [item] } })),
    ...decoded.feedback.map((item) => ({ source: item.source, part: { ...nothing, feedback: [item] } })),
    ...decoded.changes.map((item) => ({ source: item.source, part: { ...nothing, changes: [item] } })),
  ];
  for (const { source, part } of parts) {
    try {
      recorded.entries.push(...(await recordDecoded(store, part)));
    } catch (error) {
      if (!isFaultOfEvent(error)) throw error;
      // A database that breaks in an unknown way looks like a fault of ours; but then it does nothing else either.
      await store.check();
      recorded.deadLetters.push(deadLetterOf(source(), reasonOf(error)));
    }
  }
  return recorded;
}

function isFaultOfEvent(error: unknown): boolean {
  return !(error instanceof WriteConflict) && mayBeFaultOfEvent(error);
}

function reasonOf(error: unknown): string {
  return isDataError(error) ? "the database can't hold its values" : `could not be booked: ${nameOf(error)}`;
}

function onceEach(letters: readonly DeadLetter[]): DeadLetter[] {
  return [...new Map(letters.map((letter) => [letter.digest, letter])).values()];
}
