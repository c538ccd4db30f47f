import type { CallKey } from "@sluice/contracts/call-id";
import type { UsageEvent } from "@sluice/contracts/usage-event";
import { applyEvent } from "./apply-event.ts";
import { bookEntry, factsOf } from "./book-entry.ts";
import { type CallFacts, type Entry, keyText } from "./entry.ts";

/** An event with the time that the stream gave it. */
export interface PublishedEvent {
  event: UsageEvent;
  /** Epoch milliseconds by the stream's clock. */
  publishedAtMs: number;
}

/** The calls that events are about, each once. */
export function keysOf(events: readonly CallKey[]): CallKey[] {
  const keys = events.map(({ requestId, delivery, attempt }) => ({ requestId, delivery, attempt }));
  return [...new Map(keys.map((key) => [keyText(key), key])).values()];
}

/**
 * Adds events to the entries of their calls.
 * @param known The entries that are there already, of all the calls that have one.
 * @returns the entries that the events changed, booked anew; one that learned nothing new is left out.
 */
export function foldEvents(known: readonly Entry[], events: readonly PublishedEvent[]): Entry[] {
  const before = new Map(known.map((entry) => [keyText(entry.key), factsOf(entry)]));
  const after = new Map<string, CallFacts>();
  for (const { event, publishedAtMs } of events) {
    const text = keyText(event);
    const facts = after.get(text) ?? before.get(text) ?? unknownCall(event, publishedAtMs);
    after.set(text, applyEvent(facts, event, publishedAtMs));
  }
  return [...after]
    .filter(([text, facts]) => before.get(text) !== facts)
    .map(([, facts]) => bookEntry(facts));
}

function unknownCall({ requestId, delivery, attempt }: CallKey, publishedAtMs: number): CallFacts {
  return { key: { requestId, delivery, attempt }, version: 0, publishedAtMs, givenUp: false };
}
