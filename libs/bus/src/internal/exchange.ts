import { acceptedFrameSchema } from "@sluice/contracts/frames";
import type { Party } from "@sluice/contracts/party";
import { SluiceError } from "@sluice/contracts/sluice-error";
import {
  controlSubject,
  framesSubject,
  type PipelineService,
  parseUnreachableSubject,
  parseUnreadSubject,
  type ReplyAddress,
  unreachableWildcard,
  unreadWildcard,
} from "@sluice/contracts/subjects";
import type { Msg } from "nats";
import type { Bus } from "../bus.ts";
import { FrameReader } from "../frame-reader.ts";
import { FrameWriter, type WriterKeeper } from "../frame-writer.ts";
import { type BusTimings, defaultTimings } from "../timings.ts";
import { oncePerBus } from "./connection.ts";
import { decodeControl } from "./control-codec.ts";
import { decodeFrames, encodeFrames, type RawFrame } from "./frame-codec.ts";
import { decodeJson, encodeJson } from "./json-payload.ts";
import { publish } from "./publish.ts";
import { type RequestKey, requestKey } from "./request-key.ts";
import { sendControl } from "./send-control.ts";
import { subscribe } from "./subscribe.ts";

/** What the process does with frames of a delivery it waits for. */
export interface FrameSink {
  /** A router has the request; true lets it call the provider. */
  accepted(holder: Party): boolean;
  take(frames: readonly RawFrame[], writer: Party | undefined): void;
  /** Called a few times per heartbeat: the sink's chance to notice that time has passed. */
  tick(): void;
  fail(error: SluiceError): void;
}

/** A delivery that a step is at work on. */
export interface WorkingDelivery {
  /** Called a few times per heartbeat: says that the step is alive when it has said nothing for `idleMs`. */
  keepAlive(idleMs: number): void;
}

/**
 * All replies that a process reads and writes share one set of subscriptions; this is the table behind them.
 * It also keeps the time: heartbeats of what is written, silences of what is read.
 */
export class Exchange implements WriterKeeper {
  readonly timings: BusTimings;
  readonly #bus: Bus;
  readonly #sinks = new Map<RequestKey, FrameSink>();
  readonly #writers = new Map<RequestKey, FrameWriter>();
  readonly #proceedWaiters = new Map<RequestKey, (granted: boolean) => void>();
  readonly #working = new Set<WorkingDelivery>();
  readonly #sweepMs: number;
  #toFlush: FrameWriter[] = [];
  #sweptAtMs = performance.now();
  #trustUntilMs = 0;
  readonly #unreachableAtMs = new Map<PipelineService, number>();

  constructor(bus: Bus, timings: BusTimings) {
    this.timings = timings;
    this.#bus = bus;
    subscribe(bus, framesSubject(bus.party), (message) => this.#onFrames(message));
    subscribe(bus, controlSubject(bus.party), (message) => this.#onControl(message));
    subscribe(bus, unreachableWildcard(bus.party), (message) => this.#onUnreachable(message));
    subscribe(bus, unreadWildcard(bus.party), (message) => this.#onUnread(message));
    bus.onLost(() => this.#dropAll());
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

  /** Replies to be read that are open. */
  get openSinks(): number {
    return this.#sinks.size;
  }

  /** Whether the server said within the last `withinMs` that a step has no instance. */
  wasUnreachable(step: PipelineService, withinMs: number): boolean {
    const atMs = this.#unreachableAtMs.get(step);
    return atMs !== undefined && performance.now() - atMs < withinMs;
  }

  openWriter({ reader, delivery, requestId }: ReplyAddress): FrameWriter {
    const key = requestKey(requestId, delivery);
    const writer = new FrameWriter(this.#bus, reader, key, this);
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
    setImmediate(() => {
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
    this.#sinks.set(key, {
      accepted: () => false,
      take: (frames, writer) => reader.take(frames, writer),
      tick: () => reader.checkSilence(this.timings.silenceMs),
      fail: (error) => reader.fail(error),
    });
    return reader;
  }

  /** Tells the origin that this process has the request; resolves to its leave to call the provider. */
  async askToProceed(origin: Party, writer: FrameWriter): Promise<boolean> {
    const { key } = writer;
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const askedAtMs = performance.now();
    const timer = setTimeout(() => resolve(false), this.timings.proceedMs);
    this.#proceedWaiters.set(key, resolve);
    try {
      const payload = encodeJson({ holder: this.#bus.party });
      const accepted = encodeFrames(key, [{ type: "accepted", sequence: 0, payload }]);
      publish(this.#bus, framesSubject(origin), accepted);
      const leave = await promise;
      // A process that stood still sees its leave before it sees how late that is, and a cancel right behind it.
      return leave && !writer.closed && performance.now() - askedAtMs < this.timings.proceedMs;
    } finally {
      clearTimeout(timer);
      this.#proceedWaiters.delete(key);
    }
  }

  #onFrames(message: Msg): void {
    const { key, frames } = decodeFrames(message.data);
    const writer = message.reply ? parseUnreadSubject(message.reply)?.writer : undefined;
    const sink = this.#sinks.get(key);
    const first = frames[0];
    if (first?.type === "accepted") {
      const { holder } = decodeJson("frames", first.payload, acceptedFrameSchema);
      const type = sink?.accepted(holder) ? "proceed" : "cancel";
      sendControl(this.#bus, holder, { type, key, bytes: 0 });
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

  #onControl(message: Msg): void {
    const { type, key, bytes } = decodeControl(message.data);
    switch (type) {
      case "proceed":
        this.#proceedWaiters.get(key)?.(true);
        break;
      case "credit":
        this.#writers.get(key)?.grantUpTo(bytes);
        break;
      case "cancel":
        this.#cancelWriter(key);
        break;
    }
  }

  #cancelWriter(key: RequestKey): void {
    this.#proceedWaiters.get(key)?.(false);
    const writer = this.#writers.get(key);
    if (writer === undefined) return;
    this.#bus.metrics.cancelled();
    writer.cancel();
  }

  /** The server says that a step has no instance: the reader of the reply is told in the step's stead. */
  #onUnreachable(message: Msg): void {
    const parsed = parseUnreachableSubject(message.subject);
    if (parsed === undefined) return;
    const { next, address } = parsed;
    this.#unreachableAtMs.set(next, performance.now());
    this.#bus.metrics.unreachable(next);
    const error = new SluiceError("service_unavailable", `The gateway's ${next} service is not available.`, {
      retryAfterMs: 1000,
    });
    const frame: RawFrame = { type: "error", sequence: 0, payload: encodeJson(error.toReport()) };
    const key = requestKey(address.requestId, address.delivery);
    publish(this.#bus, framesSubject(address.reader), encodeFrames(key, [frame]));
  }

  /** The server says that the reader of a reply is gone. */
  #onUnread(message: Msg): void {
    const parsed = parseUnreadSubject(message.subject);
    if (parsed !== undefined) this.#cancelWriter(requestKey(parsed.requestId, parsed.delivery));
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
    const error = new SluiceError("bus_unavailable", "The gateway's bus is not reachable.", {
      retryAfterMs: 1000,
    });
    for (const sink of [...this.#sinks.values()]) sink.fail(error);
    for (const key of [...this.#writers.keys()]) this.#cancelWriter(key);
    for (const answer of this.#proceedWaiters.values()) answer(false);
  }
}

const timingsOf = new WeakMap<Bus, BusTimings>();

/** Sets other times than the default for a bus, before its first use. */
export function setTimings(bus: Bus, timings: Partial<BusTimings>): void {
  timingsOf.set(bus, { ...defaultTimings, ...timings });
}

/** The exchange of a bus, made at its first use. */
export const exchangeOf = oncePerBus((bus: Bus) => new Exchange(bus, timingsOf.get(bus) ?? defaultTimings));
