import type { EventLag } from "@sluice/bus/event-lag";
import type { Counter, Histogram, MeshMetrics } from "@sluice/telemetry/mesh-metrics";

/** What the ledger counts and measures; README.md lists the same. */
export interface LedgerMetrics {
  /** Events that are in the database now, told apart by `type`. */
  events: Counter;
  /** Dead letters that could not be kept; their events come again. */
  deadLetterFailures: Counter;
  /** Provider calls that were booked without a price, told apart by `provider`. */
  unpriced: Counter;
  /** Provider calls whose end never came. */
  unsettled: Counter;
  /** Time from the receipt of a batch to its commit, seconds. */
  writeDuration: Histogram;
  /** Questions of routers for similar ones, told apart by `result`. */
  similarLookups: Counter;
}

/** What the events are told apart by. */
const eventTypes = [
  "dispatched",
  "settled",
  "reconciled",
  "decision",
  "feedback",
  "change",
  "rejected",
] as const;

/**
 * @param lag What the bus said last of the stream; undefined before it was asked.
 * @param keptQuestions How many questions the semantic cache has; undefined before they were counted.
 */
export function createLedgerMetrics(
  metrics: MeshMetrics,
  lag: () => EventLag | undefined,
  keptQuestions: () => number | undefined,
): LedgerMetrics {
  metrics.observedGauge(
    "sluice.ledger.similar.questions",
    "Questions that are kept for the semantic cache.",
    "{question}",
    (observe) => {
      const value = keptQuestions();
      if (value !== undefined) observe(value);
    },
  );
  const gauges = [
    ["sluice.ledger.lag", "Events that wait in the stream to be booked.", "{event}", "waiting"],
    ["sluice.ledger.stream.bytes", "Size of the event stream.", "By", "bytes"],
    ["sluice.ledger.stream.limit", "Size at which the event stream refuses events.", "By", "limitBytes"],
    ["sluice.ledger.dead_letters", "Events that could not be booked and are kept.", "{event}", "deadLetters"],
  ] as const;
  for (const [name, description, unit, field] of gauges) {
    metrics.observedGauge(name, description, unit, (observe) => {
      const value = lag()?.[field];
      if (value !== undefined) observe(value);
    });
  }
  const ledgerMetrics: LedgerMetrics = {
    events: metrics.counter(
      "sluice.ledger.events",
      "Events that were booked, or set aside as rejected.",
      "{event}",
    ),
    deadLetterFailures: metrics.counter(
      "sluice.ledger.dead_letter.failures",
      "Dead letters that could not be kept; their events come again.",
      "{event}",
    ),
    unpriced: metrics.counter(
      "sluice.ledger.unpriced",
      "Provider calls booked without a known price.",
      "{call}",
    ),
    unsettled: metrics.counter("sluice.ledger.unsettled", "Provider calls whose end never came.", "{call}"),
    writeDuration: metrics.histogram(
      "sluice.ledger.write.duration",
      "Time from the receipt of a batch of events to its commit.",
      "s",
      [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    ),
    similarLookups: metrics.counter(
      "sluice.ledger.similar.lookups",
      "Look-ups of the semantic cache, by what came of them.",
      "{lookup}",
    ),
  };
  // From the start on, so that a rate over them has a beginning.
  for (const type of eventTypes) ledgerMetrics.events.add(0, { type });
  ledgerMetrics.deadLetterFailures.add(0);
  ledgerMetrics.unsettled.add(0);
  return ledgerMetrics;
}
