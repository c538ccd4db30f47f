import { SluiceError } from "@sluice/contracts/sluice-error";
import { type EventKind, eventStream, eventSubjects } from "@sluice/contracts/subjects";
import { headers, type Msg } from "nats";
import { z } from "zod";
import type { Bus } from "./bus.ts";
import { oncePerBus } from "./internal/connection.ts";
import { publish } from "./internal/publish.ts";
import { subscribe } from "./internal/subscribe.ts";
import { inboxPrefix } from "./permissions.ts";

/** An event that was not acknowledged for so long is published again; its id keeps it single. */
const ackWaitMs = 2000;
/** Pause before an event is published again to a stream that is away, such as one that elects a leader. */
const streamAwayPauseMs = 250;
/** Events that are published again at a time, so that a long queue does not flood the bus once the stream is back. */
const resendsPerSweep = 2000;
/** As many while the stream takes none: enough to notice that it takes them again. */
const probesPerSweep = 16;
/** A stream that has answered nothing for so long, while events wait for its answer, is silent. */
const silentAfterMs = 1000;
/** How often at most the log says that the stream refuses events. */
const refusalLogMs = 5000;
/** Bytes of events that may wait for the stream; past it, new ones are refused. Bounds the memory while the bus is down. */
const maxWaitingBytes = 64 * 1024 * 1024;

export interface PublishEventOptions {
  /**
   * Give up after so long, or as soon as the stream refuses the event; a stream that is away is waited for. While
   * the stream is silent a few such events wait to see whether it comes back, and all others are given up at once.
   * @default never: it is tried until the stream has it
   */
  giveUpAfterMs?: number;
  /** Called when the stream refuses the event, with each refusal: so far it does not have it, for certain. */
  onRefused?: () => void;
}

/**
 * Publishes a durable event and resolves when the stream has it.
 * @param id names the event for the stream's duplicate window, so that publishing it again is harmless
 * @throws SluiceError `ledger_unavailable` when it was given up, too many events wait already, or the bus is closed
 */
export function publishEvent(
  bus: Bus,
  kind: EventKind,
  payload: Uint8Array,
  id: string,
  options: PublishEventOptions = {},
): Promise<void> {
  return ackTableOf(bus).publish(eventSubjects[kind], payload, id, options);
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
  onRefused: (() => void) | undefined;
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
  #closed = false;
  /** False from the first event that the stream did not take to the next that it takes. */
  #taking = true;
  #answeredAtMs = performance.now();
  #silent = false;
  #refusalLoggedMs = Number.NEGATIVE_INFINITY;

  constructor(bus: Bus) {
    this.#bus = bus;
    this.#inbox = `${inboxPrefix(bus.user)}.${bus.party.instance}.acks`;
    subscribe(bus, `${this.#inbox}.*`, (message) => this.#onAck(message));
    bus.onRestored(() => {
      for (const [token, event] of this.#waiting) this.#send(token, event);
    });
    const sweeping = setInterval(() => this.#sweep(), streamAwayPauseMs).unref();
    bus.onClosed(() => {
      clearInterval(sweeping);
      this.#closed = true;
      for (const [token, event] of this.#waiting) this.#giveUp(token, event, "the bus is closed");
    });
  }

  get size(): number {
    return this.#waiting.size;
  }

  publish(
    subject: string,
    payload: Uint8Array,
    id: string,
    { giveUpAfterMs, onRefused }: PublishEventOptions,
  ): Promise<void> {
    if (this.#waitingBytes + payload.length > maxWaitingBytes) {
      return Promise.reject(unrecorded("too many events wait for the stream already"));
    }
    if (this.#closed) return Promise.reject(unrecorded("the bus is closed"));
    if (this.#silent && giveUpAfterMs !== undefined && this.#waiting.size >= probesPerSweep) {
      return Promise.reject(unrecorded("the stream does not answer"));
    }
    return new Promise((resolve, reject) => {
      const giveUpAtMs =
        giveUpAfterMs === undefined ? Number.POSITIVE_INFINITY : performance.now() + giveUpAfterMs;
      const event = { subject, payload, id, sentAtMs: 0, giveUpAtMs, onRefused, resolve, reject };
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
    try {
      publish(this.#bus, event.subject, event.payload, { reply: `${this.#inbox}.${token}`, headers: header });
    } catch (error) {
      // A bus that is closing takes nothing more; the event waits until it is closed.
      this.#bus.logger.warn({ err: error }, "an event could not be sent");
    }
  }

  #onAck(message: Msg): void {
    this.#answeredAtMs = performance.now();
    this.#silent = false;
    const token = message.subject.slice(this.#inbox.length + 1);
    const event = this.#waiting.get(token);
    if (event === undefined) return;
    const answer = answerIn(message);
    switch (answer.type) {
      case "stored":
        this.#taking = true;
        this.#remove(token, event);
        event.resolve();
        break;
      case "away":
        event.sentAtMs = performance.now() - ackWaitMs + streamAwayPauseMs;
        this.#notTaken(answer.reason);
        break;
      case "refused":
        this.#notTaken(answer.reason);
        event.onRefused?.();
        if (event.giveUpAtMs !== Number.POSITIVE_INFINITY) this.#giveUp(token, event, answer.reason);
        break;
    }
  }

  #notTaken(reason: string): void {
    this.#taking = false;
    const nowMs = performance.now();
    if (nowMs - this.#refusalLoggedMs < refusalLogMs) return;
    this.#refusalLoggedMs = nowMs;
    this.#bus.logger.warn({ reason, waiting: this.#waiting.size }, "the stream does not take an event");
  }

  #sweep(): void {
    const nowMs = performance.now();
    this.#noticeSilence(nowMs);
    let resends = this.#taking ? resendsPerSweep : probesPerSweep;
    for (const [token, event] of this.#waiting) {
      if (nowMs >= event.giveUpAtMs) this.#giveUp(token, event, "no acknowledgement in time");
      else if (resends > 0 && nowMs - event.sentAtMs >= ackWaitMs) {
        resends--;
        this.#send(token, event);
      }
    }
  }

  #noticeSilence(nowMs: number): void {
    for (const { sentAtMs } of this.#waiting.values()) {
      if (sentAtMs < this.#answeredAtMs || nowMs - sentAtMs < silentAfterMs) continue;
      this.#silent = true;
      this.#notTaken("the stream does not answer");
      return;
    }
  }

  #giveUp(token: string, event: WaitingEvent, reason: string): void {
    this.#remove(token, event);
    event.reject(unrecorded(reason));
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

type StreamAnswer = { type: "stored" } | { type: "away" | "refused"; reason: string };

/** What the stream says of a publish; JetStream's PubAck, of which only the needed is looked at. */
const pubAckSchema = z.union([
  z.object({ stream: z.literal(eventStream.name), seq: z.int().positive() }),
  z.object({ error: z.object({ description: z.string().default("the stream refused it") }) }),
]);

function answerIn(message: Msg): StreamAnswer {
  if (message.headers?.code === 503) return { type: "away", reason: "the stream is not there" };
  const ack = pubAckSchema.safeParse(jsonOf(message));
  if (!ack.success) return { type: "away", reason: "the answer was not the stream's" };
  if ("error" in ack.data) return { type: "refused", reason: ack.data.error.description };
  return { type: "stored" };
}

function jsonOf(message: Msg): unknown {
  try {
    return message.json();
  } catch {
    return undefined;
  }
}

function unrecorded(reason: string): SluiceError {
  return new SluiceError("ledger_unavailable", "The call could not be recorded, so it was not made.", {
    cause: new Error(reason),
    retryAfterMs: 1000,
  });
}
