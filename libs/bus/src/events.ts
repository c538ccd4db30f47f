import { SluiceError } from "@sluice/contracts/sluice-error";
import { type EventKind, eventSubjects } from "@sluice/contracts/subjects";
import { headers, type Msg } from "nats";
import type { Bus } from "./bus.ts";
import { oncePerBus } from "./internal/connection.ts";
import { publish } from "./internal/publish.ts";
import { subscribe } from "./internal/subscribe.ts";
import { inboxPrefix } from "./permissions.ts";

/** An event that was not acknowledged for so long is published again; its id keeps it single. */
const ackWaitMs = 2000;
/** Bytes of events that may wait for the stream; past it, new ones are refused. Bounds the memory while the bus is down. */
const maxWaitingBytes = 64 * 1024 * 1024;

export interface PublishEventOptions {
  /**
   * Give up after so long, or as soon as the stream refuses the event.
   * @default never: it is tried until the stream has it
   */
  giveUpAfterMs?: number;
}

/**
 * Publishes a durable event and resolves when the stream has it.
 * @param id names the event for the stream's duplicate window, so that publishing it again is harmless
 * @throws SluiceError `ledger_unavailable` when it was given up or too many events wait already
 */
export function publishEvent(
  bus: Bus,
  kind: EventKind,
  payload: Uint8Array,
  id: string,
  options: PublishEventOptions = {},
): Promise<void> {
  return ackTableOf(bus).publish(eventSubjects[kind], payload, id, options.giveUpAfterMs);
}

/** Events of this process that the stream has not acknowledged. */
export function waitingEvents(bus: Bus): number {
  return ackTableOf(bus).size;
}

/** Resolves when the stream has every event of this process, or after `timeoutMs`; then false. */
export function settleEvents(bus: Bus, timeoutMs: number): Promise<boolean> {
  return ackTableOf(bus).settle(timeoutMs);
}

interface WaitingEvent {
  subject: string;
  payload: Uint8Array;
  id: string;
  sentAtMs: number;
  giveUpAtMs: number;
  resolve: () => void;
  reject: (error: SluiceError) => void;
}

/**
 * The acknowledgements of all events come to one inbox and are told apart by its last token. A promise of
 * the client per event costs three times as much.
 */
class AckTable {
  readonly #bus: Bus;
  readonly #inbox: string;
  readonly #waiting = new Map<string, WaitingEvent>();
  readonly #settled = new Set<() => void>();
  #waitingBytes = 0;
  #next = 0;

  constructor(bus: Bus) {
    this.#bus = bus;
    this.#inbox = `${inboxPrefix(bus.party.service)}.${bus.party.instance}.acks`;
    subscribe(bus, `${this.#inbox}.*`, (message) => this.#onAck(message));
    bus.onRestored(() => {
      for (const [token, event] of this.#waiting) this.#send(token, event);
    });
    setInterval(() => this.#sweep(), ackWaitMs / 4).unref();
  }

  get size(): number {
    return this.#waiting.size;
  }

  publish(
    subject: string,
    payload: Uint8Array,
    id: string,
    giveUpAfterMs: number | undefined,
  ): Promise<void> {
    if (this.#waitingBytes + payload.length > maxWaitingBytes) {
      return Promise.reject(unrecorded("too many events wait for the stream already"));
    }
    return new Promise((resolve, reject) => {
      const giveUpAtMs =
        giveUpAfterMs === undefined ? Number.POSITIVE_INFINITY : performance.now() + giveUpAfterMs;
      const event = { subject, payload, id, sentAtMs: 0, giveUpAtMs, resolve, reject };
      const token = (this.#next++).toString(36);
      this.#waiting.set(token, event);
      this.#waitingBytes += payload.length;
      this.#send(token, event);
    });
  }

  async settle(timeoutMs: number): Promise<boolean> {
    if (this.#waiting.size === 0) return true;
    return await new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        resolve(true);
      };
      const timer = setTimeout(() => {
        this.#settled.delete(done);
        resolve(false);
      }, timeoutMs);
      this.#settled.add(done);
    });
  }

  #send(token: string, event: WaitingEvent): void {
    event.sentAtMs = performance.now();
    if (!this.#bus.connected) return;
    const header = headers();
    header.set("Nats-Msg-Id", event.id);
    publish(this.#bus, event.subject, event.payload, { reply: `${this.#inbox}.${token}`, headers: header });
  }

  #onAck(message: Msg): void {
    const token = message.subject.slice(this.#inbox.length + 1);
    const event = this.#waiting.get(token);
    if (event === undefined) return;
    const refusal = refusalIn(message);
    if (refusal === undefined) {
      this.#remove(token, event);
      event.resolve();
    } else if (event.giveUpAtMs !== Number.POSITIVE_INFINITY) {
      this.#remove(token, event);
      event.reject(unrecorded(refusal));
    } else {
      this.#bus.logger.warn({ reason: refusal }, "the stream refuses an event; it is kept and tried again");
    }
  }

  #sweep(): void {
    const nowMs = performance.now();
    for (const [token, event] of [...this.#waiting]) {
      if (nowMs >= event.giveUpAtMs) {
        this.#remove(token, event);
        event.reject(unrecorded("no acknowledgement in time"));
      } else if (nowMs - event.sentAtMs >= ackWaitMs) {
        this.#send(token, event);
      }
    }
  }

  #remove(token: string, event: WaitingEvent): void {
    this.#waiting.delete(token);
    this.#waitingBytes -= event.payload.length;
    if (this.#waiting.size > 0) return;
    for (const done of this.#settled) done();
    this.#settled.clear();
  }
}

const ackTableOf = oncePerBus((bus: Bus) => new AckTable(bus));

/** Why the stream did not take an event; undefined when it did. */
function refusalIn(message: Msg): string | undefined {
  if (message.headers?.code === 503) return "the stream is not there";
  const ack: unknown = message.json();
  if (typeof ack !== "object" || ack === null || !("error" in ack)) return undefined;
  const { error } = ack as { error: { description?: string } };
  return error.description ?? "the stream refused it";
}

function unrecorded(reason: string): SluiceError {
  return new SluiceError("ledger_unavailable", "The call could not be recorded, so it was not made.", {
    cause: new Error(reason),
    retryAfterMs: 1000,
  });
}
