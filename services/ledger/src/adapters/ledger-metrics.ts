import type { Counter, Histogram, MeshMetrics } from "@sluice/telemetry/mesh-metrics";

/** What the ledger counts and measures; README.md lists the same. */
export interface LedgerMetrics {
  /** Events that are in the database now, told apart by `type`. */
  events: Counter;
  /** Provider calls that were booked without a price, told apart by `provider`. */
  unpriced: Counter;
  /** Provider calls whose end never came. */
  unsettled: Counter;
  /** Time from the receipt of a batch to its commit, seconds. */
  writeDuration: Histogram;
}

/** @param lag Events that the stream holds and the database doesn't yet. */
export function createLedgerMetrics(metrics: MeshMetrics, lag: () => number): LedgerMetrics {
  metrics.observedGauge(
    "sluice.ledger.lag",
    "Events that wait in the stream to be booked.",
    "{event}",
    (observe) => observe(lag()),
  );
  return {
    events: metrics.counter(
      "sluice.ledger.events",
      "Events that were booked, or set aside as rejected.",
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
  };
}
