import type { DispatchedEvent, SettledEvent, UsageEvent } from "@sluice/contracts/usage-event";
import type { DispatchedFacts, Entry, SettledFacts } from "./entry.ts";

/**
 * Adds what an event says to an entry. The result depends on the set of events alone, not on their order and
 * not on how often each came: of two events that contradict each other the one with the later time counts.
 *
 * @returns the same object when the event says nothing new, else a copy with `pricing` back at `pending`.
 */
export function applyEvent(entry: Entry, event: UsageEvent): Entry {
  return event.type === "dispatched" ? applyDispatched(entry, event) : applySettled(entry, event);
}

function applyDispatched(entry: Entry, event: DispatchedEvent): Entry {
  const facts = dispatchedFacts(event);
  if (entry.dispatched !== undefined && !supersedes(facts, entry.dispatched)) return entry;
  return unpricedAgain({ ...withoutEstimate(entry), dispatched: facts, ...traceIdOf(entry, event) });
}

function applySettled(entry: Entry, event: SettledEvent): Entry {
  const facts = settledFacts(event);
  const said = { ...facts, usage: event.usage, usageSource: event.usageSource };
  const known = entry.settled && { ...entry.settled, usage: entry.usage, usageSource: entry.usageSource };
  if (known !== undefined && !supersedes(said, known)) return entry;
  return unpricedAgain({
    ...entry,
    status: "settled",
    settled: facts,
    usage: event.usage,
    usageSource: event.usageSource,
    ...traceIdOf(entry, event),
  });
}

/** A total order over what events say: by time, then by content, so that no arrival order can matter. */
function supersedes(candidate: { atMs: number }, known: { atMs: number }): boolean {
  if (candidate.atMs !== known.atMs) return candidate.atMs > known.atMs;
  return canonicalText(candidate) > canonicalText(known);
}

function canonicalText(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === "object" && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}

/** An unsettled entry goes by the estimate of its `dispatched`; with another one it waits anew. */
function withoutEstimate(entry: Entry): Entry {
  if (entry.status !== "unsettled") return entry;
  const { usage: _usage, usageSource: _source, ...rest } = entry;
  return { ...rest, status: "open" };
}

function unpricedAgain(entry: Entry): Entry {
  const { costNanoUsd: _cost, price: _price, ...rest } = entry;
  return { ...rest, pricing: "pending" };
}

function dispatchedFacts(event: DispatchedEvent): DispatchedFacts {
  const { type: _type, requestId: _id, delivery: _delivery, attempt: _attempt, ...facts } = event;
  const { decisions: _decisions, traceparent: _traceparent, ...kept } = facts;
  // A tag that is named twice is one tag; the ledger would otherwise count the entry twice under it.
  return { ...kept, identity: { ...kept.identity, tags: [...new Set(kept.identity.tags)] } };
}

function settledFacts(event: SettledEvent): SettledFacts {
  const { type: _type, requestId: _id, delivery: _delivery, attempt: _attempt, ...facts } = event;
  const { usage: _usage, usageSource: _source, traceparent: _traceparent, ...kept } = facts;
  return kept;
}

/** The trace id is the second field of a `traceparent`; all events of a call should carry the same one. */
function traceIdOf(entry: Entry, event: UsageEvent): { traceId?: string } {
  const [traceId] = [entry.traceId, event.traceparent?.split("-")[1]].filter((id) => id !== undefined).sort();
  return traceId === undefined ? {} : { traceId };
}
