import type { UsageEvent } from "@sluice/contracts/usage-event";
import { applyEvent } from "./apply-event.ts";
import { type CallKey, type Entry, emptyEntry, keyText } from "./entry.ts";

/** The calls that events are about, each once. */
export function keysOf(events: readonly UsageEvent[]): CallKey[] {
  const keys = events.map(({ requestId, delivery, attempt }) => ({ requestId, delivery, attempt }));
  return [...new Map(keys.map((key) => [keyText(key), key])).values()];
}

/**
 * Adds events to the entries of their calls.
 * @param known The entries that are there already, of all the calls that have one.
 * @returns the entries that the events changed; one that learned nothing new is left out.
 */
export function foldEvents(known: readonly Entry[], events: readonly UsageEvent[]): Entry[] {
  const before = new Map(known.map((entry) => [keyText(entry.key), entry]));
  const after = new Map<string, Entry>();
  for (const event of events) {
    const key = { requestId: event.requestId, delivery: event.delivery, attempt: event.attempt };
    const text = keyText(key);
    const entry = after.get(text) ?? before.get(text) ?? emptyEntry(key);
    after.set(text, applyEvent(entry, event));
  }
  return [...after].filter(([text, entry]) => before.get(text) !== entry).map(([, entry]) => entry);
}
