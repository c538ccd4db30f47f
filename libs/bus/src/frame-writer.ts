import { creditWindowBytes, dataCostBytes } from "@sluice/contracts/control";
import type { EndFrame, FrameType, HeadFrame } from "@sluice/contracts/frames";
import type { Party } from "@sluice/contracts/party";
import { SluiceError } from "@sluice/contracts/sluice-error";
import { framesSubject, unreadSubject } from "@sluice/contracts/subjects";
import type { Bus } from "./bus.ts";
import { encodeFrames, frameBytes, type OutgoingFrame } from "./internal/frame-codec.ts";
import { encodeJson } from "./internal/json-payload.ts";
import { publish } from "./internal/publish.ts";
import { deliveryOf, type RequestKey, requestIdOf } from "./internal/request-key.ts";

/** Data frames are cut to this, well below the server's limit of 1 MB, so that one stream can't hold up the others. */
const maxDataFrameBytes = 64 * 1024;
const noBytes = new Uint8Array(0);
const done = Promise.resolve();

/** What a writer needs of those who keep it. */
export interface WriterKeeper {
  /** To call `flush` once the turn of the event loop is over. */
  flushAfterTurn(writer: FrameWriter): void;
  closed(writer: FrameWriter): void;
}

/**
 * Writes one reply: a head, data, then `end` or `error`. What is written in one turn of the event loop leaves
 * as one message. Data waits for the reader's credit, so whoever awaits `data` is as slow as the reader.
 */
export class FrameWriter {
  readonly key: RequestKey;
  readonly #bus: Bus;
  readonly #reader: Party;
  readonly #subject: string;
  readonly #keeper: WriterKeeper;
  #pending: OutgoingFrame[] = [];
  #openPieces: Uint8Array[] | undefined;
  #openPiecesBytes = 0;
  #flushScheduled = false;
  #sequence = 0;
  #grantedBytes = creditWindowBytes;
  #spentBytes = 0;
  #wakeWaiting: (() => void) | undefined;
  #waiting: Promise<void> | undefined;
  #lastSentMs = performance.now();
  #lastAskedMs = 0;
  #asks = false;
  #source: { readonly heard: boolean } | undefined;
  #state: "new" | "open" | "closed" = "new";
  #abort: AbortController | undefined;
  #aborted = false;
  #cancelled = false;

  constructor(bus: Bus, reader: Party, key: RequestKey, keeper: WriterKeeper) {
    this.#bus = bus;
    this.#reader = reader;
    this.#subject = framesSubject(reader);
    this.key = key;
    this.#keeper = keeper;
  }

  /**
   * Aborted when nobody wants the reply any more (the reader cancelled, is gone, or the bus is), or when the
   * time for it is over.
   */
  get signal(): AbortSignal {
    if (this.#abort === undefined) {
      this.#abort = new AbortController();
      if (this.#aborted) this.#abort.abort();
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
    if (this.#waiting === undefined && bytes.length <= this.#roomBytes()) {
      this.#queueData(bytes);
      return done;
    }
    // Behind what waits already, so that order does not depend on whether the caller awaits each piece.
    const turn = (this.#waiting ?? done)
      .then(() => this.#dataInParts(bytes))
      .finally(() => {
        if (this.#waiting === turn) this.#waiting = undefined;
      });
    this.#waiting = turn;
    return turn;
  }

  /** Closes the reply as whole. To be called when the promises of `data` have resolved. */
  end(end: EndFrame): void {
    if (this.#waiting === undefined) this.#close("end", end);
    else this.error(new SluiceError("reply_incomplete", "A part of the reply was not sent."));
  }

  /** Refuses the request, or breaks the reply off where a head has been written. */
  error(error: SluiceError): void {
    this.#close("error", error.toReport());
  }

  /** Tells the reader that this reply is alive, when nothing else has for `idleMs`. */
  beat(idleMs: number): void {
    if (this.closed || this.#source?.heard === false) return;
    const nowMs = performance.now();
    // A reader that is gone while frames flow is noticed as soon as one that is gone while none do.
    this.#asks = nowMs - this.#lastAskedMs >= idleMs;
    if (nowMs - this.#lastSentMs < idleMs) return;
    this.#pending.push({ type: "heartbeat", sequence: this.#sequence, payload: noBytes });
    this.flush();
  }

  /** The reply is made from another one from now on: it is not called alive before that one was heard of. */
  dependOn(source: { readonly heard: boolean }): void {
    this.#source = source;
  }

  /** The reader takes data up to this total cost. */
  grantUpTo(totalBytes: number): void {
    if (totalBytes <= this.#grantedBytes) return;
    this.#grantedBytes = totalBytes;
    this.#wakeWaiting?.();
  }

  /** The time for the reply is over: `signal` is aborted, and whoever writes says the last word. */
  expire(): void {
    this.#aborted = true;
    this.#abort?.abort();
  }

  /** Somebody else writes the reply: this writer is given up without a word. */
  release(): void {
    this.#dropPending();
    this.#setClosed();
  }

  /** Nobody wants the reply any more. What is written from now on goes nowhere. */
  cancel(): void {
    if (this.closed) return;
    this.#cancelled = true;
    this.#dropPending();
    this.expire();
    this.#wakeWaiting?.();
    this.#keeper.closed(this);
  }

  /** Sends what was written. */
  flush(): void {
    this.#flushScheduled = false;
    if (this.#pending.length === 0) return;
    const frames = this.#pending;
    this.#dropPending();
    this.#lastSentMs = performance.now();
    this.#bus.metrics.framesSent(frames.length);
    const options = this.#replyOptions(frames);
    let batch: OutgoingFrame[] = [];
    let batchBytes = 0;
    for (const frame of frames) {
      const bytes = frameBytes(frame);
      if (batchBytes > 0 && batchBytes + bytes > this.#bus.maxInlineBodyBytes) {
        this.#send(batch, options);
        batch = [];
        batchBytes = 0;
      }
      batch.push(frame);
      batchBytes += bytes;
    }
    this.#send(batch, options);
  }

  /** Bytes that may be written as one frame now. */
  #roomBytes(): number {
    return Math.min(this.#grantedBytes - this.#spentBytes - dataCostBytes(0), maxDataFrameBytes);
  }

  async #dataInParts(bytes: Uint8Array): Promise<void> {
    let offset = 0;
    while (offset < bytes.length && !this.closed) {
      const size = Math.min(bytes.length - offset, this.#roomBytes());
      if (size <= 0) {
        await this.#credit();
        continue;
      }
      this.#queueData(bytes.subarray(offset, offset + size));
      offset += size;
    }
  }

  async #credit(): Promise<void> {
    const stalledMs = performance.now();
    await new Promise<void>((resolve) => {
      this.#wakeWaiting = resolve;
    });
    this.#wakeWaiting = undefined;
    this.#bus.metrics.creditStall(performance.now() - stalledMs);
  }

  #close(type: "end" | "error", content: unknown): void {
    if (this.closed) return;
    this.#openPieces = undefined;
    this.#pending.push({ type, sequence: this.#sequence++, payload: encodeJson(content) });
    this.flush();
    this.#setClosed();
  }

  #setClosed(): void {
    this.#state = "closed";
    this.#wakeWaiting?.();
    this.#keeper.closed(this);
  }

  /** Data of one turn goes on in one frame, as far as that has room. */
  #queueData(bytes: Uint8Array): void {
    if (this.#openPieces !== undefined && this.#openPiecesBytes + bytes.length <= maxDataFrameBytes) {
      this.#openPieces.push(bytes);
      this.#openPiecesBytes += bytes.length;
      this.#spentBytes += bytes.length;
      return;
    }
    const pieces = [bytes];
    this.#queue("data", pieces);
    this.#openPieces = pieces;
    this.#openPiecesBytes = bytes.length;
    this.#spentBytes += dataCostBytes(bytes.length);
  }

  #queue(type: FrameType, payload: OutgoingFrame["payload"]): void {
    this.#openPieces = undefined;
    this.#pending.push({ type, sequence: this.#sequence++, payload });
    if (this.#flushScheduled) return;
    this.#flushScheduled = true;
    this.#keeper.flushAfterTurn(this);
  }

  #dropPending(): void {
    this.#pending = [];
    this.#openPieces = undefined;
  }

  /** Only an opening or idle message, and one now and then, asks for word of its reader. */
  #replyOptions(frames: readonly OutgoingFrame[]): { reply: string } | undefined {
    const first = frames[0]?.type;
    if (first !== "head" && first !== "heartbeat" && first !== "error" && !this.#asks) return undefined;
    this.#asks = false;
    this.#lastAskedMs = this.#lastSentMs;
    return { reply: unreadSubject(this.#bus.party, deliveryOf(this.key), requestIdOf(this.key)) };
  }

  #send(frames: OutgoingFrame[], options: { reply: string } | undefined): void {
    if (this.#cancelled) return;
    try {
      publish(this.#bus, this.#subject, encodeFrames(this.key, frames), options);
    } catch (error) {
      // The bus is gone, and the reply with it; its reader is told by its own bus.
      this.#bus.logger.warn({ err: error, reader: this.#reader.instance }, "a reply could not be sent");
      this.cancel();
    }
  }
}
