import type { Bus } from "@sluice/bus/bus";
import { publishEvent, settleEvents } from "@sluice/bus/events";
import type {
  DispatchedEvent,
  SettledEvent,
  UsageEvent,
  UsageEventBatch,
} from "@sluice/contracts/usage-event";

/** How long the write-ahead may take before the call is not made. */
const writeAheadTimeoutMs = 5000;

/**
 * Publishes usage events, those of one turn of the event loop as one message. `dispatched` is waited for:
 * a provider is called only when the stream knows of it. `settled` is tried until the stream has it.
 */
export class UsageRecorder {
  readonly #bus: Bus;
  #batches = 0;
  readonly #dispatched: Turn<DispatchedEvent>;
  readonly #settled: Turn<SettledEvent>;

  constructor(bus: Bus) {
    this.#bus = bus;
    this.#dispatched = new Turn((events) => this.#publish(events, { giveUpAfterMs: writeAheadTimeoutMs }));
    this.#settled = new Turn((events) => this.#publish(events, {}));
  }

  /** @throws SluiceError `ledger_unavailable` when the stream did not take it */
  dispatched(event: DispatchedEvent): Promise<void> {
    return this.#dispatched.add(event);
  }

  settled(event: SettledEvent): void {
    this.#settled.add(event).catch((error: unknown) => {
      // Only a router that has run out of room for unsent events comes here: the entry stays open in the ledger.
      const { requestId, delivery, attempt } = event;
      this.#bus.logger.fatal({ err: error, requestId, delivery, attempt }, "a settlement could not be kept");
    });
  }

  /** Resolves when the stream has all that was recorded; false when it has not in time. */
  async flush(timeoutMs: number): Promise<boolean> {
    await new Promise((resolve) => setImmediate(resolve));
    return await settleEvents(this.#bus, timeoutMs);
  }

  #publish(events: UsageEvent[], options: { giveUpAfterMs?: number }): Promise<void> {
    const batch: UsageEventBatch = { events };
    const id = `${this.#bus.party.instance}.${this.#batches++}`;
    return publishEvent(this.#bus, "usage", Buffer.from(JSON.stringify(batch)), id, options);
  }
}

/** Collects what is added in one turn and hands it over together. */
class Turn<E> {
  readonly #flush: (events: E[]) => Promise<void>;
  #events: E[] = [];
  #flushed: Promise<void> | undefined;

  constructor(flush: (events: E[]) => Promise<void>) {
    this.#flush = flush;
  }

  add(event: E): Promise<void> {
    this.#events.push(event);
    this.#flushed ??= new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
      const events = this.#events;
      this.#events = [];
      this.#flushed = undefined;
      return this.#flush(events);
    });
    return this.#flushed;
  }
}
