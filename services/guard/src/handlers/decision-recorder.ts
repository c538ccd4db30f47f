import type { Bus } from "@sluice/bus/bus";
import { publishEvent, settleEvents } from "@sluice/bus/events";
import type { Decision } from "@sluice/contracts/decision";
import type { DecisionEventBatch } from "@sluice/contracts/decision-event";
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
    if (decisions.length === 0) return;
    const { requestId, identity, model } = envelope;
    const atMs = Date.now();
    const batch: DecisionEventBatch = {
      events: decisions.map((decision) => ({ requestId, atMs, identity, model, decision })),
    };
    for (const { policy, rule, action, count } of decisions) {
      this.#counter.add(count, { policy, direction, action, ...(rule === undefined ? {} : { rule }) });
    }
    // A request that is sent again is judged again; its id keeps the event single.
    const id = `${requestId}.guard.${direction}`;
    publishEvent(this.#bus, "decision", Buffer.from(JSON.stringify(batch)), id).catch((error: unknown) =>
      this.#bus.logger.error({ err: error, requestId }, "decisions of the guard were not recorded"),
    );
  }

  /** Waits until the stream has all that was recorded, `timeoutMs` at most. */
  async settle(timeoutMs: number): Promise<void> {
    if (!(await settleEvents(this.#bus, timeoutMs)))
      this.#bus.logger.error("decisions of the guard may be lost");
  }
}
