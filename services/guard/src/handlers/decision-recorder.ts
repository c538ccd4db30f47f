import type { Bus } from "@sluice/bus/bus";
import { publishDecisions } from "@sluice/bus/decision-events";
import { settleEvents } from "@sluice/bus/events";
import type { Decision } from "@sluice/contracts/decision";
import type { IdentifiedEnvelope } from "@sluice/contracts/envelope";
import type { Counter } from "@sluice/telemetry/mesh-metrics";

/** Publishes and counts what the guard decided. A request does not wait for it. */
export class DecisionRecorder {
  readonly #bus: Bus;
  readonly #counter: Counter;

  constructor(bus: Bus) {
    this.#bus = bus;
    this.#counter = bus.metrics.counter(
      "sluice.guard.decisions",
      "Values that the guard found, and requests that it let pass uninspected, by what it did",
      "{decision}",
    );
  }

  /** @param direction of the request that the decisions are about; it makes the event's id */
  record(
    envelope: IdentifiedEnvelope,
    direction: Decision["direction"],
    decisions: readonly Decision[],
  ): void {
    for (const { policy, rule, action, count } of decisions) {
      this.#counter.add(count, { policy, direction, action, ...(rule === undefined ? {} : { rule }) });
    }
    publishDecisions(this.#bus, envelope, direction, decisions);
  }

  /** Waits until the stream has all that was recorded, `timeoutMs` at most. */
  async settle(timeoutMs: number): Promise<void> {
    if (!(await settleEvents(this.#bus, timeoutMs)))
      this.#bus.logger.error("decisions of the guard may be lost");
  }
}
