import type { AcceptedFrame } from "@sluice/contracts/frames";
import type { Party } from "@sluice/contracts/party";
import { SluiceError } from "@sluice/contracts/sluice-error";
import type { PipelineService, ReplyAddress } from "@sluice/contracts/subjects";
import type { Bus } from "../bus.ts";
import { FrameReader } from "../frame-reader.ts";
import { FrameWriter, type WriterKeeper } from "../frame-writer.ts";
import { type BusTimings, defaultTimings } from "../timings.ts";
import { busLost } from "./bus-lost.ts";
import { oncePerBus } from "./connection.ts";
import type { ControlMessage } from "./control-codec.ts";
import type { Frame, OutgoingFrame } from "./frame.ts";
import { type RequestKey, requestKey } from "./request-key.ts";
import { sendControl } from "./send-control.ts";
import type { Transport, TransportListener } from "./transport.ts";
import { transportOf } from "./transport-of.ts";

/** What the process does with frames of a delivery it waits for. */
export interface FrameSink {
  /** A router has the request. @returns what it is told, if anything */
  accepted(accepted: AcceptedFrame): "proceed" | "cancel" | undefined;
  take(frames: readonly Frame[], writer: Party | undefined): void;
  /** Called a few times per heartbeat: the sink's chance to notice that time has passed. */
  tick(): void;
  /** An instance is gone which this side asked after. */
  gone(writer: Party): void;
  fail(error: SluiceError): void;
}

/** Whose reply a writer writes, and to whom. */
export interface WriterAddress extends ReplyAddress {
  origin: Party;
  limitHeaders?: Readonly<Record<string, string>> | undefined;
}

/** A delivery that a step is at work on. */
export interface WorkingDelivery {
  /** Called a few times per heartbeat: says that the step is alive when it has said nothing for `idleMs`. */
  keepAlive(idleMs: number): void;
}

/**
 * All replies that an instance reads and writes come by one transport; this is the table behind it.
 * It also keeps the time: heartbeats of what is written, silences of what is read.
 */
export class Exchange implements WriterKeeper, TransportListener {
  readonly timings: BusTimings;
  readonly #bus: Bus;
  readonly #transport: Transport;
  readonly #sinks = new Map<RequestKey, FrameSink>();
  readonly #writers = new Map<RequestKey, FrameWriter>();
  /** Those that were open when the bus was lost, until it is back. */
  readonly #lostWriters: FrameWriter[] = [];
  readonly #proceedWaiters = new Map<RequestKey, (granted: boolean) => void>();
  readonly #working = new Set<WorkingDelivery>();
  readonly #sweepMs: number;
  #onRejected: ((key: RequestKey) => void) | undefined;
  #toFlush: FrameWriter[] = [];
  #sweptAtMs = performance.now();
  #trustUntilMs = 0;
  readonly #unreachableAtMs = new Map<PipelineService, number>();

  constructor(bus: Bus, timings: BusTimings) {
    this.timings = timings;
    this.#bus = bus;
    this.#transport = transportOf(bus);
    this.#transport.listen(this);
    bus.onLost(() => this.#dropAll());
    bus.onRestored(() => {
      for (const writer of this.#lostWriters.splice(0)) writer.tellLost();
    });
    this.#sweepMs = Math.max(10, timings.heartbeatMs / 4);
    const sweeping = setInterval(() => this.#sweep(), this.#sweepMs).unref();
    bus.onClosed(() => clearInterval(sweeping));
  }

  addSink(key: RequestKey, sink: FrameSink): void {
    this.#sinks.set(key, sink);
  }

  removeSink(key: RequestKey): void {
    this.#sinks.delete(key);
  }

  /** @param take told of replies that this process has ended and that their reader wants nothing of */
  onRejected(take: (key: RequestKey) => void): void {
    this.#onRejected = take;
  }

  /** Replies to be read that are open. */
  get openSinks(): number {
    return this.#sinks.size;
  }

  /** Whether it was said within the last `withinMs` that a step has no instance. */
  wasUnreachable(step: PipelineService, withinMs: number): boolean {
    const atMs = this.#unreachableAtMs.get(step);
    return atMs !== undefined && performance.now() - atMs < withinMs;
  }

  openWriter({ origin, reader, delivery, requestId, limitHeaders }: WriterAddress): FrameWriter {
    const key = requestKey(requestId, delivery);
    const writer = new FrameWriter(this.#bus, { origin, reader, limitHeaders }, key, this);
    this.#writers.set(key, writer);
    return writer;
  }

  closed(writer: FrameWriter): void {
    this.#writers.delete(writer.key);
  }

  /** All writers of a turn are flushed in one go, so that their messages leave in one write to the socket. */
  flushAfterTurn(writer: FrameWriter): void {
    this.#toFlush.push(writer);
    if (this.#toFlush.length > 1) return;
    this.#transport.atTurnEnd(() => {
      const writers = this.#toFlush;
      this.#toFlush = [];
      for (const each of writers) each.flush();
    });
  }

  startWork(delivery: WorkingDelivery): void {
    this.#working.add(delivery);
  }

  endWork(delivery: WorkingDelivery): void {
    this.#working.delete(delivery);
  }

  /** A reader of one delivery, for a step that stands between the writer and the origin. */
  openReader(key: RequestKey): FrameReader {
    const reader = new FrameReader(this.#bus, () => this.#sinks.delete(key));
    reader.follow(key);
    const failIf = (loss: SluiceError | undefined): void => {
      if (loss !== undefined) reader.fail(loss);
    };
    this.#sinks.set(key, {
      accepted: () => "cancel",
      take: (frames, writer) => reader.take(frames, writer),
      tick: () => failIf(reader.lostBySilence(this.timings)),
      gone: (writer) => failIf(reader.lostWith(writer)),
      fail: (error) => reader.fail(error),
    });
    return reader;
  }

  /** Tells the origin that this process has the request; resolves to its leave to call the provider. */
  async askToProceed(writer: FrameWriter, repeatable: boolean): Promise<boolean> {
    const { key, origin, reader } = writer;
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const askedAtMs = performance.now();
    const timer = setTimeout(() => resolve(false), this.timings.proceedMs);
    this.#proceedWaiters.set(key, resolve);
    try {
      const direct = reader.instance === origin.instance;
      const accepted: AcceptedFrame = { holder: this.#bus.party, repeatable, direct };
      const frame: OutgoingFrame = { type: "accepted", sequence: 0, content: accepted };
      this.#transport.sendFrames(origin, key, [frame], false);
      const leave = await promise;
      // A process that stood still sees its leave before it sees how late that is, and a cancel right behind it.
      return leave && !writer.closed && performance.now() - askedAtMs < this.timings.proceedMs;
    } finally {
      clearTimeout(timer);
      this.#proceedWaiters.delete(key);
    }
  }

  onFrames(key: RequestKey, frames: readonly Frame[], writer: Party | undefined): void {
    const sink = this.#sinks.get(key);
    const first = frames[0];
    if (first?.type === "accepted") {
      const accepted = first.content;
      const type = sink === undefined ? "cancel" : sink.accepted(accepted);
      if (type !== undefined) sendControl(this.#bus, accepted.holder, { type, key, bytes: 0 });
    } else if (sink !== undefined) {
      sink.take(frames, writer);
    } else if (
      writer !== undefined &&
      frames.every((frame) => frame.type !== "end" && frame.type !== "error")
    ) {
      // A reply that goes on and that nobody here waits for.
      sendControl(this.#bus, writer, { type: "cancel", key, bytes: 0 });
    }
  }

  onControl({ type, key, bytes }: ControlMessage): void {
    switch (type) {
      case "proceed":
        this.#proceedWaiters.get(key)?.(true);
        break;
      case "credit":
        this.#writers.get(key)?.grantUpTo(bytes);
        break;
      case "cancel":
        this.#cancelWriter(key, unwanted());
        break;
    }
  }

  #cancelWriter(key: RequestKey, reason: SluiceError): void {
    this.#proceedWaiters.get(key)?.(false);
    const writer = this.#writers.get(key);
    if (writer === undefined) {
      this.#onRejected?.(key);
      return;
    }
    this.#bus.metrics.cancelled();
    writer.cancel(reason);
  }

  /** The reader of the reply is told in the stead of a step that has no instance. */
  onUnreachable(next: PipelineService, reader: Party, key: RequestKey): void {
    this.#unreachableAtMs.set(next, performance.now());
    this.#bus.metrics.unreachable(next);
    const error = new SluiceError("service_unavailable", `The gateway's ${next} service is not available.`, {
      retryAfterMs: 1000,
    });
    this.#answerFor(reader, key, error);
  }

  onUnread(reader: Party): void {
    for (const [key, writer] of [...this.#writers]) {
      if (writer.reader.instance !== reader.instance) continue;
      this.#cancelWriter(key, unwanted());
      // A guard that died before it said a word is known to nobody but who writes to it.
      if (reader.instance !== writer.origin.instance) {
        const text = "The part of the gateway that inspected the reply is gone.";
        this.#answerFor(writer.origin, key, new SluiceError("holder_lost", text));
      }
    }
  }

  /** Says in the stead of a step that is gone what has become of the request; too late where that had begun to. */
  #answerFor(reader: Party, key: RequestKey, error: SluiceError): void {
    this.#transport.sendFrames(
      reader,
      key,
      [{ type: "error", sequence: 0, content: error.toReport() }],
      false,
    );
  }

  onUnwritten(key: RequestKey, writer: Party): void {
    this.#sinks.get(key)?.gone(writer);
  }

  #sweep(): void {
    const nowMs = performance.now();
    const { heartbeatMs } = this.timings;
    // After a standstill of this process, what came in meanwhile is read before others are called silent.
    if (nowMs - this.#sweptAtMs > this.#sweepMs + heartbeatMs) this.#trustUntilMs = nowMs + heartbeatMs;
    this.#sweptAtMs = nowMs;
    for (const delivery of this.#working) delivery.keepAlive(heartbeatMs / 2);
    for (const writer of this.#writers.values()) writer.beat(heartbeatMs);
    if (nowMs < this.#trustUntilMs) return;
    for (const sink of this.#sinks.values()) sink.tick();
  }

  #dropAll(): void {
    this.#lostWriters.push(...this.#writers.values());
    const error = busLost();
    for (const sink of [...this.#sinks.values()]) sink.fail(error);
    for (const key of [...this.#writers.keys()]) this.#cancelWriter(key, error);
    for (const answer of this.#proceedWaiters.values()) answer(false);
  }
}

function unwanted(): SluiceError {
  return new SluiceError("client_closed", "Nobody waits for the reply any more.");
}

const timingsOf = new WeakMap<Bus, BusTimings>();

/** Sets other times than the default for a bus, before its first use. */
export function setTimings(bus: Bus, timings: Partial<BusTimings>): void {
  timingsOf.set(bus, { ...defaultTimings, ...timings });
}

/** The exchange of a bus, made at its first use. */
export const exchangeOf = oncePerBus((bus: Bus) => new Exchange(bus, timingsOf.get(bus) ?? defaultTimings));
