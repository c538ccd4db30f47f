import type { Logger } from "@sluice/telemetry/logger";
import type { Counter, MeshMetrics } from "@sluice/telemetry/mesh-metrics";

/** How often at most the log says it. */
const logEveryMs = 5000;

/**
 * Says aloud, in the log and in the metrics, what the ledger does not have: calls that were made although the event
 * stream did not take them, and events that were lost to it.
 */
export class UnrecordedAlarm {
  readonly #logger: Logger;
  readonly #calls: Counter;
  readonly #droppedEvents: Counter;
  #unsaid = { calls: 0, droppedEvents: 0 };
  #reason: unknown;
  #quiet: NodeJS.Timeout | undefined;

  constructor(logger: Logger, metrics: MeshMetrics) {
    this.#logger = logger;
    this.#calls = metrics.counter(
      "sluice.router.unrecorded",
      "Provider calls that were let go before the event stream had them.",
      "{call}",
    );
    this.#droppedEvents = metrics.counter(
      "sluice.router.events.dropped",
      "Usage events that were given up and are in no ledger.",
      "{event}",
    );
    for (const counter of [this.#calls, this.#droppedEvents]) counter.add(0);
  }

  /** Calls go on; their events are still tried. */
  called(calls: number): void {
    this.#calls.add(calls);
    this.#unsaid.calls += calls;
    this.#raise();
  }

  /** Events are lost. @param reason what was thrown */
  dropped(events: number, reason: unknown): void {
    this.#droppedEvents.add(events);
    this.#unsaid.droppedEvents += events;
    this.#reason = reason;
    this.#raise();
  }

  /** Says what is left to say. */
  close(): void {
    clearTimeout(this.#quiet);
    this.#quiet = undefined;
    this.#say();
  }

  /** The first is said at once, those that follow together. */
  #raise(): void {
    if (this.#quiet !== undefined) return;
    this.#say();
    this.#quiet = setTimeout(() => {
      this.#quiet = undefined;
      if (this.#unsaid.calls + this.#unsaid.droppedEvents > 0) this.#raise();
    }, logEveryMs).unref();
  }

  #say(): void {
    const { calls, droppedEvents } = this.#unsaid;
    if (calls + droppedEvents === 0) return;
    this.#logger.error(
      { alert: "unrecorded", calls, droppedEvents, ...(droppedEvents > 0 ? { err: this.#reason } : {}) },
      "the event stream does not take what has to be recorded",
    );
    this.#unsaid = { calls: 0, droppedEvents: 0 };
  }
}
