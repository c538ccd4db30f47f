import type { Bus } from "@sluice/bus/bus";
import { publishDecisions } from "@sluice/bus/decision-events";
import type { Decision } from "@sluice/contracts/decision";
import type { IdentifiedEnvelope } from "@sluice/contracts/envelope";
import type { ReserveOutcome } from "@sluice/quota/quota";
import { limitMetricName } from "@sluice/resources/limit-metric-name";
import { sluiceAttributes } from "@sluice/telemetry/gen-ai-attributes";
import type { Counter, MeshMetrics } from "@sluice/telemetry/mesh-metrics";
import type { RequestLimit } from "../domain/limits-of-request.ts";

/** A warning of a counter is an event once in this time: near its end, every request has it. */
const eventEveryMs = 60_000;
/** Counters whose last event is remembered. */
const maxRemembered = 10_000;

/** Tells in metrics and events what limits refused, warned of, and would have refused. */
export class LimitReports {
  readonly #bus: Bus;
  readonly #refusals: Counter;
  readonly #warnings: Counter;
  readonly #local: Counter;
  /** When the last event was, by counter and reason. */
  readonly #lastEventMs = new Map<string, number>();

  /** @param isAway whether Redis is */
  constructor(bus: Bus, metrics: MeshMetrics, isAway: () => boolean) {
    this.#bus = bus;
    this.#refusals = metrics.counter(
      "sluice.auth.limits.refusals",
      "Requests that a limit refused, by limit",
      "{request}",
    );
    this.#warnings = metrics.counter(
      "sluice.auth.limits.warnings",
      "Requests with which a limit was near its end, or that a shadow limit would have refused",
      "{request}",
    );
    this.#local = metrics.counter(
      "sluice.auth.limits.local",
      "Requests whose limits this process counted alone, because Redis was away",
      "{request}",
    );
    metrics.observedGauge(
      "sluice.auth.limits.away",
      "1 while Redis does not answer, so that limits are refused or counted by this process alone",
      "1",
      (observe) => observe(isAway() ? 1 : 0),
    );
  }

  /** @param envelope of the request, with its identity */
  report(
    envelope: IdentifiedEnvelope,
    limits: readonly RequestLimit[],
    outcome: ReserveOutcome,
    isLocal: boolean,
  ): void {
    if (isLocal) this.#local.add(1);
    if (!outcome.granted)
      this.#refusals.add(1, { [sluiceAttributes.limit]: limitMetricName(outcome.refusedBy) });
    if (outcome.warnings.length === 0) return;
    const nowMs = Date.now();
    const decisions: Decision[] = [];
    for (const { id, reason } of outcome.warnings) {
      this.#warnings.add(1, {
        [sluiceAttributes.limit]: limitMetricName(id),
        [sluiceAttributes.limitReason]: reason,
      });
      const scope = limits.find((limit) => limit.id === id)?.scope ?? "";
      if (!this.#isDue(`${reason} ${id} ${scope}`, nowMs)) continue;
      decisions.push({
        service: "auth",
        policy: id,
        direction: "prompt",
        rule: reason,
        action: "audited",
        count: 1,
      });
    }
    publishDecisions(this.#bus, envelope, "limits", decisions);
  }

  #isDue(counter: string, nowMs: number): boolean {
    const lastMs = this.#lastEventMs.get(counter);
    if (lastMs !== undefined && nowMs - lastMs < eventEveryMs) return false;
    // The order of a map is that of its entries' making: the first is the oldest.
    this.#lastEventMs.delete(counter);
    this.#lastEventMs.set(counter, nowMs);
    const [oldest] = this.#lastEventMs.keys();
    if (this.#lastEventMs.size > maxRemembered && oldest !== undefined) this.#lastEventMs.delete(oldest);
    return true;
  }
}
