import type { Bus } from "@sluice/bus/bus";
import { publishDecisions } from "@sluice/bus/decision-events";
import type { Decision } from "@sluice/contracts/decision";
import type { IdentifiedEnvelope } from "@sluice/contracts/envelope";
import { limitMetricName } from "@sluice/resources/limit-metric-name";
import { sluiceAttributes } from "@sluice/telemetry/gen-ai-attributes";
import type { Counter } from "@sluice/telemetry/mesh-metrics";

/** Tells in metrics and events which streams limits have cut off, and would have. */
export class CutReports {
  readonly #bus: Bus;
  readonly #cuts: Counter;
  readonly #warnings: Counter;

  constructor(bus: Bus) {
    this.#bus = bus;
    this.#cuts = bus.metrics.counter(
      "sluice.router.limits.cuts",
      "Streams that were cut off because a limit was reached, by limit",
      "{stream}",
    );
    this.#warnings = bus.metrics.counter(
      "sluice.router.limits.warnings",
      "Streams that a shadow limit would have cut off, by limit",
      "{stream}",
    );
  }

  cut(envelope: IdentifiedEnvelope, limit: string): void {
    this.#cuts.add(1, { [sluiceAttributes.limit]: limitMetricName(limit) });
    publishDecisions(this.#bus, envelope, "cut", [decision(limit, "cut", "blocked")]);
  }

  wouldCut(envelope: IdentifiedEnvelope, limits: readonly string[]): void {
    for (const limit of limits) {
      this.#warnings.add(1, {
        [sluiceAttributes.limit]: limitMetricName(limit),
        [sluiceAttributes.limitReason]: "would_cut",
      });
    }
    const decisions = limits.map((limit) => decision(limit, "would_cut", "audited"));
    publishDecisions(this.#bus, envelope, "limits", decisions);
  }
}

function decision(policy: string, rule: string, action: Decision["action"]): Decision {
  return { service: "router", policy, direction: "reply", rule, action, count: 1 };
}
