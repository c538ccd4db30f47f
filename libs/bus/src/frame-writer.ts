import { creditWindowBytes, dataCostBytes } from "@sluice/contracts/control";
import type { EndFrame, HeadFrame } from "@sluice/contracts/frames";
import type { Party } from "@sluice/contracts/party";
import { SluiceError } from "@sluice/contracts/sluice-error";
import type { Bus } from "./bus.ts";
import { busLost } from "./internal/bus-lost.ts";
import type { OutgoingFrame } from "./internal/frame.ts";
import { errorWithLimitHeaders, withLimitHeaders } from "./internal/limit-headers.ts";
import { maxDataFrameBytes, PendingFrames } from "./internal/pending-frames.ts";
import type { RequestKey } from "./internal/request-key.ts";
import type { Transport } from "./internal/transport.ts";
import { transportOf } from "./internal/transport-of.ts";

const done = Promise.resolve();

/** What a writer needs of those who keep it. */
export interface WriterKeeper {
  /** To call `flush` once the turn of the event loop is over. */
  flushAfterTurn(writer: FrameWriter): void;
  closed(writer: FrameWriter): void;
}

/** Where a reply goes, and what it says besides. */
export interface ReplyRecipients {
  origin: Party;
  reader: Party;
  /** @default none */
  limitHeaders?: Readonly<Record<string, string>> | undefined;
}

/**
 * Writes one reply: a head, data, then `end` or `error`. What is written in one turn of the event loop leaves
 * as one message. Data waits for the reader's credit, so whoever awaits `data` is as slow as the reader.
 */
export class FrameWriter {
  readonly key: RequestKey;
  /** Who waits for the answer in the end. */
  readonly origin: Party;
  /** Who reads the frames: the origin, or a guard between. */
  readonly reader: Party;
  readonly #bus: Bus;
  readonly #transport: Transport;
  readonly #keeper: WriterKeeper;
  readonly #limitHeaders: Readonly<Record<string, string>> | undefined;
  readonly #pending = new PendingFrames();
  #flushScheduled = false;
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
  readonly #brokenOffListeners: ((reason: SluiceError) => void)[] = [];
  #brokenOffBy: SluiceError | undefined;
  /** Data was left out once the reply was broken off: what follows can only be an error. */
  #cut = false;
  #cancelled = false;

  constructor(bus: Bus, to: ReplyRecipients, key: RequestKey, keeper: WriterKeeper) {
    this.#bus = bus;
    this.#limitHeaders = to.limitHeaders;
    this.origin = to.origin;
    this.reader = to.reader;
    this.#transport = transportOf(bus);
    this.key = key;
    this.#keeper = keeper;
  }

  /**
   * Aborted when the reply is to be written no further. The reason is a SluiceError: `client_closed` (the reader
   * cancelled or is gone), `bus_unavailable` (the bus is lost), `deadline_exceeded`, or `holder_lost` (this process
   * is stopped). After the last two, whoever writes still says the last word.
   */
  get signal(): AbortSignal {
    if (this.#abort === undefined) {
      this.#abort = new AbortController();
      if (this.#brokenOffBy !== undefined) this.#abort.abort(this.#brokenOffBy);
    }
    return this.#abort.signal;
  }

  /** Calls `listener` when `signal` is aborted, at once if it is; costs a tenth of listening to the signal. */
  onBrokenOff(listener: (reason: SluiceError) => void): void {
    if (this.#brokenOffBy === undefined) this.#brokenOffListeners.push(listener);
    else listener(this.#brokenOffBy);
  }

  /** Why `signal` was aborted, if it was. */
  get brokenOffBy(): SluiceError | undefined {
    return this.#brokenOffBy;
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
    this.#pending.head(this.#limitHeaders === undefined ? head : withLimitHeaders(head, this.#limitHeaders));
    this.#flushSoon();
  }

  /**
   * Writes bytes of the body, which must not be changed afterwards. Resolves when they were handed to the
   * bus, which is when the reader's credit allows; resolves at once when the reply is cancelled. A reply that is
   * broken off waits for no credit: what has none is left out, and the reply ends as an error.
   */
  data(bytes: Uint8Array): Promise<void> {
    if (this.closed || this.#cut || bytes.length === 0) return done;
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
    if (this.closed) return;
    if (this.#waiting === undefined && !this.#cut) {
      this.#pending.end(end);
      this.#close();
    } else
      this.error(
        this.#brokenOffBy ?? new SluiceError("reply_incomplete", "A part of the reply was not sent."),
      );
  }

  /** Refuses the request, or breaks the reply off where a head has been written. */
  error(error: SluiceError): void {
    if (this.closed) return;
    const report = error.toReport();
    this.#pending.error(
      this.#limitHeaders === undefined ? report : errorWithLimitHeaders(report, this.#limitHeaders),
    );
    this.#close();
  }

  /** Tells the reader that this reply is alive, when nothing else has for `idleMs`. */
  beat(idleMs: number): void {
    if (this.closed || this.#source?.heard === false) return;
    const nowMs = performance.now();
    // A reader that is gone while frames flow is noticed as soon as one that is gone while none do.
    this.#asks = nowMs - this.#lastAskedMs >= idleMs;
    if (nowMs - this.#lastSentMs < idleMs) return;
    this.#pending.heartbeat();
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

  /** The reply goes no further: `signal` is aborted with the reason, and whoever writes says the last word. */
  breakOff(reason: SluiceError): void {
    if (!this.closed) this.#abortWith(reason);
  }

  /** Somebody else writes the reply: this writer is given up without a word. */
  release(): void {
    this.#pending.drop();
    this.#setClosed();
  }

  /** Nobody gets the reply any more. What is written from now on goes nowhere. */
  cancel(reason: SluiceError): void {
    if (this.closed) return;
    this.#cancelled = true;
    this.#pending.drop();
    this.#abortWith(reason);
    this.#keeper.closed(this);
  }

  /**
   * The bus is back that was lost with this reply, and its reader may have had another server of a cluster all the
   * while: it hears that the reply is over, by this error or by the gap before it.
   */
  tellLost(): void {
    this.#pending.drop();
    const text = "The part of the gateway that held the request lost the bus.";
    this.#pending.error(new SluiceError("holder_lost", text).toReport());
    this.#send(this.#pending.take(), false);
  }

  /** Sends what was written. */
  flush(): void {
    this.#flushScheduled = false;
    if (this.#pending.empty) return;
    const frames = this.#pending.take();
    this.#lastSentMs = performance.now();
    this.#bus.metrics.framesSent(frames.length);
    this.#send(frames, this.#asksWith(frames));
  }

  #abortWith(reason: SluiceError): void {
    this.#brokenOffBy ??= reason;
    const brokenOffBy = this.#brokenOffBy;
    for (const listener of this.#brokenOffListeners.splice(0)) listener(brokenOffBy);
    this.#abort?.abort(brokenOffBy);
    this.#wakeWaiting?.();
  }

  /** Bytes that may be written as one frame now. */
  #roomBytes(): number {
    return Math.min(this.#grantedBytes - this.#spentBytes - dataCostBytes(0), maxDataFrameBytes);
  }

  async #dataInParts(bytes: Uint8Array): Promise<void> {
    let offset = 0;
    while (offset < bytes.length && !this.closed && !this.#cut) {
      const size = Math.min(bytes.length - offset, this.#roomBytes());
      if (size <= 0) {
        if (this.#brokenOffBy !== undefined) {
          this.#cut = true;
          return;
        }
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

  #close(): void {
    this.flush();
    this.#setClosed();
  }

  #setClosed(): void {
    this.#state = "closed";
    this.#wakeWaiting?.();
    this.#keeper.closed(this);
  }

  #queueData(bytes: Uint8Array): void {
    this.#spentBytes += this.#pending.data(bytes) ? dataCostBytes(bytes.length) : bytes.length;
    this.#flushSoon();
  }

  #flushSoon(): void {
    if (this.#flushScheduled) return;
    this.#flushScheduled = true;
    this.#keeper.flushAfterTurn(this);
  }

  /** Only an opening or idle message, and one now and then, asks for word of its reader. */
  #asksWith(frames: readonly OutgoingFrame[]): boolean {
    const first = frames[0]?.type;
    if (first !== "head" && first !== "heartbeat" && first !== "error" && !this.#asks) return false;
    this.#asks = false;
    this.#lastAskedMs = this.#lastSentMs;
    return true;
  }

  #send(frames: readonly OutgoingFrame[], asks: boolean): void {
    try {
      this.#transport.sendFrames(this.reader, this.key, frames, asks);
    } catch (error) {
      // The bus is gone, and the reply with it; its reader is told by its own bus.
      this.#bus.logger.warn({ err: error, reader: this.reader.instance }, "a reply could not be sent");
      this.cancel(busLost());
    }
  }
}
