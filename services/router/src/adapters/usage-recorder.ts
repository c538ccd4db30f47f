import { setTimeout as sleep } from "node:timers/promises";
import type { Bus } from "@sluice/bus/bus";
import { type PublishEventOptions, publishEvent, settleEvents } from "@sluice/bus/events";
import { streamElectionMs } from "@sluice/bus/stream-election";
import { noUsage } from "@sluice/contracts/usage";
import type {
  DispatchedEvent,
  SettledEvent,
  UsageEvent,
  UsageEventBatch,
} from "@sluice/contracts/usage-event";
import type { UnrecordedCalls } from "@sluice/resources/call-policy";
import { GroupCommit } from "./group-commit.ts";
import type { UnrecordedAlarm } from "./unrecorded-alarm.ts";

/** How long it may take before a call that may go unrecorded is made. */
const patienceMs = 1000;
/** Events of a message; each has 1 or 2 KB, and the bus takes no message above 1 MB. */
const maxItems = 64;
/** A write-ahead is waited for: a message that is long under way, or lost, holds up the next for no longer. */
const dispatchedWaitMs = 5;
/** Nobody waits for a settlement; it is in this process alone until it is sent. */
const settledWaitMs = 20;

/**
 * Publishes usage events, those that come while a message is under way as one message: the stream, its consumer and
 * both ends pay by the message. `dispatched` is waited for: a provider
 * is called only when the stream has it, or where the configuration lets calls go unrecorded. `settled` is tried
 * until the stream has it.
 */
export class UsageRecorder {
  readonly #bus: Bus;
  readonly #alarm: UnrecordedAlarm;
  readonly #dispatched: Readonly<Record<UnrecordedCalls, GroupCommit<DispatchedEvent>>>;
  readonly #settled: GroupCommit<DispatchedEvent | SettledEvent>;
  #batches = 0;

  constructor(bus: Bus, alarm: UnrecordedAlarm) {
    this.#bus = bus;
    this.#alarm = alarm;
    this.#dispatched = {
      refuse: new GroupCommit({
        flush: (events) => this.#writeAhead(events),
        maxItems,
        maxWaitMs: dispatchedWaitMs,
      }),
      allow: new GroupCommit({
        flush: (events) => this.#writeAheadIfTaken(events),
        maxItems,
        maxWaitMs: dispatchedWaitMs,
      }),
    };
    this.#settled = new GroupCommit({
      flush: (events) => this.#publishUntilTaken(events),
      maxItems,
      maxWaitMs: settledWaitMs,
    });
  }

  /**
   * Resolves when the call may be made.
   * @param unrecordedCalls what becomes of a call that the stream does not take
   * @throws SluiceError `ledger_unavailable` when the stream did not take it, and such calls are refused
   */
  dispatched(event: DispatchedEvent, unrecordedCalls: UnrecordedCalls): Promise<void> {
    return this.#dispatched[unrecordedCalls].add(event);
  }

  settled(event: SettledEvent): void {
    void this.#settled.add(event);
  }

  /** Records what was answered without a call, of which nothing can be lost but the record. */
  cached(dispatched: DispatchedEvent, settled: SettledEvent): void {
    void this.#settled.add(dispatched);
    void this.#settled.add(settled);
  }

  /** Resolves when the stream has all that was recorded; false when it has not in time. */
  async flush(timeoutMs: number): Promise<boolean> {
    // By then all that was added has been published.
    await sleep(settledWaitMs);
    return await settleEvents(this.#bus, timeoutMs);
  }

  /**
   * Waits until the stream has the events, for as long as it may take to elect a leader. Where it said neither yes
   * nor no, it may have them, and the ledger would take them for calls that were made: so it is told that they were
   * not.
   */
  async #writeAhead(events: DispatchedEvent[]): Promise<void> {
    let refused = false;
    const onRefused = (): void => {
      refused = true;
    };
    try {
      await this.#publish(events, { giveUpAfterMs: streamElectionMs, onRefused });
    } catch (error) {
      if (!refused) void this.#publishUntilTaken(events.map(notCalled));
      throw error;
    }
  }

  /** Waits for the stream no longer than a call can wait; the events go on being tried all the same. */
  async #writeAheadIfTaken(events: DispatchedEvent[]): Promise<void> {
    const { promise: over, resolve } = Promise.withResolvers<boolean>();
    const patience = setTimeout(() => resolve(false), patienceMs);
    void this.#publishUntilTaken(events, () => resolve(false)).then(resolve);
    const taken = await over;
    clearTimeout(patience);
    if (!taken) this.#alarm.called(events.length);
  }

  /** Tries until the stream has the events. @returns false where they had to be given up; it never rejects */
  async #publishUntilTaken(events: UsageEvent[], onRefused?: () => void): Promise<boolean> {
    try {
      await this.#publish(events, onRefused === undefined ? {} : { onRefused });
      return true;
    } catch (error) {
      // Too many wait already, or the bus was closed for good: the ledger will not hear of them.
      this.#alarm.dropped(events.length, error);
      return false;
    }
  }

  #publish(events: UsageEvent[], options: PublishEventOptions): Promise<void> {
    const batch: UsageEventBatch = { events };
    const id = `${this.#bus.party.instance}.${this.#batches++}`;
    return publishEvent(this.#bus, "usage", Buffer.from(JSON.stringify(batch)), id, options);
  }
}

function notCalled({ requestId, delivery, attempt, atMs }: DispatchedEvent): SettledEvent {
  return {
    type: "settled",
    requestId,
    delivery,
    attempt,
    atMs: Date.now(),
    outcome: "not_called",
    usage: noUsage,
    usageSource: "provider",
    durationMs: Math.max(0, Date.now() - atMs),
  };
}
