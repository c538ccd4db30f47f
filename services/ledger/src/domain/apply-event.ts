import type {
  DispatchedEvent,
  ReconciledEvent,
  SettledEvent,
  UsageEvent,
} from "@sluice/contracts/usage-event";
import type { CallFacts, DispatchedFacts, ReconciledFacts, SettledFacts } from "./entry.ts";

/**
 * Adds what an event says to what is known of its call. The result depends on the set of events alone, not on
 * their order and not on how often each came: of two events of one kind that contradict each other the one with
 * the later time counts.
 *
 * @param publishedAtMs when the stream took the event, by the stream's clock
 * @returns the same object when the event says nothing new. What was given up is waited for anew when it says
 *   something.
 */
export function applyEvent(facts: CallFacts, event: UsageEvent, publishedAtMs: number): CallFacts {
  const known = withTrace(publishedAtMs < facts.publishedAtMs ? { ...facts, publishedAtMs } : facts, event);
  const changed = factsWith(known, event);
  return changed === known ? known : { ...changed, givenUp: false };
}

function factsWith(facts: CallFacts, event: UsageEvent): CallFacts {
  switch (event.type) {
    case "dispatched": {
      const dispatched = dispatchedFacts(event);
      return supersedes(dispatched, facts.dispatched) ? { ...facts, dispatched } : facts;
    }
    case "settled": {
      const settled = settledFacts(event);
      return supersedes(settled, facts.settled) ? { ...facts, settled } : facts;
    }
    case "reconciled": {
      const reconciled = reconciledFacts(event);
      return supersedes(reconciled, facts.reconciled) ? { ...facts, reconciled } : facts;
    }
  }
}

/**
 * A total order over what events of one kind say: by time, then by content, so that no order of arrival matters.
 * The times are comparable: all `dispatched` and `settled` of a call come from the router that made it, and
 * whoever makes a `reconciled` gives it a later time than the one that the entry has.
 */
function supersedes<Facts extends { atMs: number }>(candidate: Facts, known: Facts | undefined): boolean {
  if (known === undefined) return true;
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

function dispatchedFacts(event: DispatchedEvent): DispatchedFacts {
  const { type: _type, requestId: _id, delivery: _delivery, attempt: _attempt, ...facts } = event;
  const { decisions: _decisions, traceparent: _traceparent, ...kept } = facts;
  // A tag that is named twice is one tag; the ledger would otherwise count the entry twice under it.
  return { ...kept, identity: { ...kept.identity, tags: [...new Set(kept.identity.tags)] } };
}

function settledFacts(event: SettledEvent): SettledFacts {
  const { type: _type, requestId: _id, delivery: _delivery, attempt: _attempt, ...facts } = event;
  const { traceparent: _traceparent, ...kept } = facts;
  return kept;
}

function reconciledFacts(event: ReconciledEvent): ReconciledFacts {
  const { type: _type, requestId: _id, delivery: _delivery, attempt: _attempt, ...facts } = event;
  return facts;
}

/** The trace id is the second field of a `traceparent`; all events of a call should carry the same one. */
function withTrace(facts: CallFacts, event: UsageEvent): CallFacts {
  const traceId = event.type === "reconciled" ? undefined : event.traceparent?.split("-")[1];
  const isKnown = facts.traceId !== undefined && (traceId === undefined || facts.traceId <= traceId);
  return traceId === undefined || isKnown ? facts : { ...facts, traceId };
}
