import { creditWindowBytes } from "@sluice/contracts/control";
import type { EndFrame, FrameType, HeadFrame } from "@sluice/contracts/frames";
import type { Party } from "@sluice/contracts/party";
import type { SluiceError } from "@sluice/contracts/sluice-error";
import { framesSubject, unreadSubject } from "@sluice/contracts/subjects";
import type { Bus } from "./bus.ts";
import { encodeFrames, type RawFrame } from "./internal/frame-codec.ts";
import { encodeJson } from "./internal/json-payload.ts";
import { publish } from "./internal/publish.ts";
import { deliveryOf, type RequestKey, requestIdOf } from "./internal/request-key.ts";

/** Data frames are cut to this, well below the server's limit of 1 MB, so that one stream can't hold up the others. */
const maxDataFrameBytes = 64 * 1024;
const noBytes = new Uint8Array(0);
const done = Promise.resolve();

/**
 * Writes one reply: a head, data, then `end` or `error`. Frames of one turn of the event loop leave as one
 * message. Data waits for the reader's credit, so whoever awaits `data` is as slow as the reader.
 */
export class FrameWriter {
  readonly key: RequestKey;
  readonly #bus: Bus;
  readonly #reader: Party;
  readonly #subject: string;
  readonly #onClosed: () => void;
  #pending: RawFrame[] = [];
  #flushScheduled = false;
  #sequence = 0;
  #creditBytes = creditWindowBytes;
  #creditWaiters: (() => void)[] = [];
  #stalledSinceMs = 0;
  #lastSentMs = performance.now();
  #state: "new" | "open" | "closed" = "new";
  #abort: AbortController | undefined;
  #cancelled = false;

  constructor(bus: Bus, reader: Party, key: RequestKey, onClosed: () => void) {
    this.#bus = bus;
    this.#reader = reader;
    this.#subject = framesSubject(reader);
    this.key = key;
    this.#onClosed = onClosed;
  }

  /** Aborted when nobody wants the reply any more: the reader cancelled, is gone, or the bus is. */
  get signal(): AbortSignal {
    if (this.#abort === undefined) {
      this.#abort = new AbortController();
      if (this.#cancelled) this.#abort.abort();
    }
    return this.#abort.signal;
  }

  /** True after `end` or `error`, and after a cancel. */
  get closed(): boolean {
    return this.#state === "closed" || this.#cancelled;
  }

  /** True once a head was written: an error can no longer change the status. */
  get started(): boolean {
    return this.#state !== "new";
  }

  /** Opens the reply with its status and headers. */
  head(head: HeadFrame): void {
    if (this.closed) return;
    this.#state = "open";
    this.#queue("head", encodeJson(head));
  }

  /**
   * Writes bytes of the body, which must not be changed afterwards. Resolves when they were handed to the
   * bus, which is when the reader's credit allows; resolves at once when the reply is cancelled.
   */
  data(bytes: Uint8Array): Promise<void> {
    if (this.closed || bytes.length === 0) return done;
    if (bytes.length <= this.#creditBytes && bytes.length <= maxDataFrameBytes) {
      this.#creditBytes -= bytes.length;
      this.#queue("data", bytes);
      return done;
    }
    return this.#dataInParts(bytes);
  }

  /** Closes the reply as whole. */
  end(end: EndFrame): void {
    this.#close("end", end);
  }

  /** Refuses the request, or breaks the reply off where a head has been written. */
  error(error: SluiceError): void {
    this.#close("error", error.toReport());
  }

  /** Tells the reader that this reply is alive, when nothing else has for `idleMs`. */
  beat(idleMs: number): void {
    if (this.closed || performance.now() - this.#lastSentMs < idleMs) return;
    this.#pending.push({ type: "heartbeat", sequence: this.#sequence, payload: noBytes });
    this.#flush();
  }

  /** The reader takes so many more bytes. */
  grant(bytes: number): void {
    this.#creditBytes += bytes;
    this.#wakeCreditWaiters();
  }

  /** Somebody else writes the reply: this writer is given up without a word. */
  release(): void {
    this.#pending = [];
    this.#state = "closed";
    this.#onClosed();
  }

  /** Nobody wants the reply any more. What is written from now on goes nowhere. */
  cancel(): void {
    if (this.closed) return;
    this.#cancelled = true;
    this.#pending = [];
    this.#abort?.abort();
    this.#wakeCreditWaiters();
    this.#onClosed();
  }

  async #dataInParts(bytes: Uint8Array): Promise<void> {
    let offset = 0;
    while (offset < bytes.length && !this.closed) {
      if (this.#creditBytes <= 0) {
        await this.#credit();
        continue;
      }
      const size = Math.min(bytes.length - offset, this.#creditBytes, maxDataFrameBytes);
      this.#creditBytes -= size;
      this.#queue("data", bytes.subarray(offset, offset + size));
      offset += size;
    }
  }

  #credit(): Promise<void> {
    if (this.#creditWaiters.length === 0) this.#stalledSinceMs = performance.now();
    return new Promise((resolve) => this.#creditWaiters.push(resolve));
  }

  #wakeCreditWaiters(): void {
    if (this.#creditWaiters.length === 0) return;
    this.#bus.metrics.creditStall(performance.now() - this.#stalledSinceMs);
    const waiters = this.#creditWaiters;
    this.#creditWaiters = [];
    for (const wake of waiters) wake();
  }

  #close(type: "end" | "error", content: unknown): void {
    if (this.closed) return;
    this.#pending.push({ type, sequence: this.#sequence++, payload: encodeJson(content) });
    this.#flush();
    this.#state = "closed";
    this.#onClosed();
  }

  #queue(type: FrameType, payload: Uint8Array): void {
    this.#pending.push({ type, sequence: this.#sequence++, payload });
    if (this.#flushScheduled) return;
    this.#flushScheduled = true;
    setImmediate(() => {
      this.#flushScheduled = false;
      this.#flush();
    });
  }

  #flush(): void {
    if (this.#pending.length === 0) return;
    const frames = this.#pending;
    this.#pending = [];
    this.#lastSentMs = performance.now();
    this.#bus.metrics.framesSent(frames.length);
    const first = frames[0]?.type;
    // Only an opening or idle message asks for word of its reader: the rest need no reply subject.
    const reply =
      first === "head" || first === "heartbeat" || first === "error"
        ? { reply: unreadSubject(this.#bus.party, deliveryOf(this.key), requestIdOf(this.key)) }
        : undefined;
    let batch: RawFrame[] = [];
    let batchBytes = 0;
    for (const frame of frames) {
      if (batchBytes > 0 && batchBytes + frame.payload.length > this.#bus.maxInlineBodyBytes) {
        this.#send(batch, reply);
        batch = [];
        batchBytes = 0;
      }
      batch.push(frame);
      batchBytes += frame.payload.length;
    }
    this.#send(batch, reply);
  }

  #send(frames: RawFrame[], options: { reply: string } | undefined): void {
    try {
      publish(this.#bus, this.#subject, encodeFrames(this.key, frames), options);
    } catch (error) {
      // The bus is gone, and the reply with it; its reader is told by its own bus.
      this.#bus.logger.warn({ err: error, reader: this.#reader.instance }, "a reply could not be sent");
      this.cancel();
    }
  }
}
