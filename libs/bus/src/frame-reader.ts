import { creditWindowBytes, dataCostBytes } from "@sluice/contracts/control";
import type { AcceptedFrame, EndFrame, HeadFrame } from "@sluice/contracts/frames";
import type { Party } from "@sluice/contracts/party";
import { SluiceError } from "@sluice/contracts/sluice-error";
import type { Bus } from "./bus.ts";
import type { Frame } from "./internal/frame.ts";
import type { RequestKey } from "./internal/request-key.ts";
import { sendControl } from "./internal/send-control.ts";
import { ownBytes } from "./own-bytes.ts";
import { type BusTimings, longestWithoutLeaveMs } from "./timings.ts";

/** A writer sends something in each heartbeat, and notices a quarter of one late that it has not. */
const heartbeatsOfWriter = 1.25;
/** As long as no frame says who writes, the router is asked after; by then a guard between would have been heard. */
const heartbeatsOfUnknownWriter = 2;

/** A frame as a reader sees it. Heartbeats are passed on because they keep a client's connection open. */
export type ReplyFrame =
  | { type: "head"; head: HeadFrame }
  | { type: "data"; bytes: Uint8Array }
  | { type: "end"; end: EndFrame }
  | { type: "error"; error: SluiceError }
  | { type: "heartbeat" };

/**
 * Reads the frames of one delivery in order: a head, data, then exactly one `end` or `error`, after which
 * the iteration is over. Credit is granted as data is taken, so whoever iterates slowly slows the writer.
 * A gap in the numbers, a silence of the writer and a lost bus become an `error` frame: a reply is never
 * silently shorter than it was written. Leaving the iteration early cancels the reply. To be iterated once.
 */
export class FrameReader implements AsyncIterable<ReplyFrame> {
  readonly #bus: Bus;
  readonly #onClosed: (whole: boolean) => void;
  readonly #queue: ReplyFrame[] = [];
  #key: RequestKey | undefined;
  #wake: (() => void) | undefined;
  #expected = 0;
  #takenBytes = 0;
  #creditedBytes = 0;
  #writer: Party | undefined;
  #holder: Party | undefined;
  #lastHeardMs = performance.now();
  #lastAskedMs = 0;
  #heard = false;
  #finished = false;

  /** @param onClosed called once: with true when the writer has ended the reply, with false when this side has */
  constructor(bus: Bus, onClosed: (whole: boolean) => void) {
    this.#bus = bus;
    this.#onClosed = onClosed;
  }

  /**
   * Says which delivery is read; only then are there frames to take.
   * @param accepted by whom, where a router has said so
   */
  follow(key: RequestKey, accepted?: AcceptedFrame): void {
    this.#key = key;
    this.#holder = accepted?.holder;
    this.#writer = accepted?.direct === true ? accepted.holder : undefined;
    this.#lastHeardMs = performance.now();
  }

  /** Gives up the delivery that was followed, of which nothing but signs of life has come; its writer is told. */
  unfollow(): void {
    this.#tell("cancel", 0);
    this.#key = undefined;
    this.#writer = undefined;
    this.#holder = undefined;
  }

  /** Whether the reply has begun: a head, or the error in its place. */
  get opened(): boolean {
    return this.#expected > 0;
  }

  /** Whether anything has come from the writer yet. */
  get heard(): boolean {
    return this.#heard;
  }

  /** Takes frames off the bus. `writer` is known from the messages that name it. */
  take(frames: readonly Frame[], writer: Party | undefined): void {
    if (this.#finished) return;
    // A step that has passed the request on may have a heartbeat on the way still; credit is not for it.
    if (writer !== undefined && (frames[0]?.sequence ?? 0) >= this.#expected) this.#writer = writer;
    this.#lastHeardMs = performance.now();
    this.#heard = true;
    this.#bus.metrics.framesReceived(frames.length);
    for (const frame of frames) {
      if (this.#finished) return;
      this.#takeFrame(frame);
    }
  }

  /** Ends the reply with an error of this side's making, and tells the writer to stop. */
  fail(error: SluiceError): void {
    if (this.#finished) return;
    this.#tell("cancel", 0);
    this.#finish({ type: "error", error }, false);
  }

  /** The reply is refused, be it over: its writer is told, who may have given it to be used again. */
  reject(): void {
    if (this.#finished) this.#tell("cancel", 0);
    else this.cancel();
  }

  /** Nobody wants the reply any more. The iteration ends without another frame. */
  cancel(): void {
    if (!this.#finished) {
      this.#tell("cancel", 0);
      this.#close(false);
    }
    this.#queue.length = 0;
    this.#wakeReader();
  }

  /**
   * To be called now and then. A writer that is silent for longer than a heartbeat should take is asked after, as a
   * process that is gone is known to the server; one that only stands still is waited for. A reader that follows a
   * delivery before anybody has taken it waits for its first word until leave to answer it can't be given any more:
   * it may wait in the queue of a router that is busy.
   * @returns why the reply is lost, once its writer has been silent for too long
   */
  lostBySilence(timings: BusTimings): SluiceError | undefined {
    const { heartbeatMs, silenceMs } = timings;
    const nowMs = performance.now();
    const taken = this.#heard || this.#holder !== undefined;
    const untilTakenMs = taken ? 0 : longestWithoutLeaveMs(timings);
    if (nowMs - this.#lastHeardMs >= untilTakenMs + silenceMs) {
      return new SluiceError("holder_lost", "The part of the gateway that held the request has gone silent.");
    }
    const heartbeats = this.#writer === undefined ? heartbeatsOfUnknownWriter : heartbeatsOfWriter;
    if (nowMs - Math.max(this.#lastHeardMs, this.#lastAskedMs) >= heartbeats * heartbeatMs) {
      this.#lastAskedMs = nowMs;
      this.#askAfterWriter();
    }
    return undefined;
  }

  /**
   * The server says that a process is gone. What it had written before came before this.
   * @returns why the reply is lost, if that process writes it
   */
  lostWith(party: Party): SluiceError | undefined {
    if ((this.#writer ?? this.#holder)?.instance !== party.instance) return undefined;
    return new SluiceError("holder_lost", "The part of the gateway that held the request is gone.");
  }

  /** Frames wait here, bounded by the credit that was granted. Written out: a generator costs more per frame. */
  [Symbol.asyncIterator](): AsyncIterator<ReplyFrame, void, void> {
    return {
      next: async () => {
        while (this.#queue.length === 0) {
          if (this.#finished) return { done: true, value: undefined };
          await new Promise<void>((resolve) => {
            this.#wake = resolve;
          });
        }
        return this.#nextResult();
      },
      return: () => {
        this.cancel();
        return Promise.resolve({ done: true, value: undefined });
      },
    };
  }

  #nextResult(): IteratorResult<ReplyFrame, void> {
    const frame = this.#queue.shift();
    if (frame === undefined) return { done: true, value: undefined };
    if (frame.type === "data") this.#grantFor(frame.bytes.length);
    return { done: false, value: frame };
  }

  #takeFrame(frame: Frame): void {
    if (frame.type === "accepted") return;
    if (frame.sequence !== this.#expected) {
      // A frame that was seen already is a duplicate; one ahead of its turn means that others are lost.
      if (frame.sequence < this.#expected) return;
      this.fail(new SluiceError("reply_incomplete", "A part of the reply was lost inside the gateway."));
      return;
    }
    if (frame.type === "heartbeat") {
      // A writer that stands still may have missed its credit.
      if (this.#creditedBytes > 0) this.#tell("credit", this.#creditedBytes);
      // One is enough to be told: they need no credit, and would pile up before a reader that does not read.
      if (this.#queue.at(-1)?.type !== "heartbeat") this.#push({ type: "heartbeat" });
      return;
    }
    this.#expected++;
    switch (frame.type) {
      case "head":
        this.#push({ type: "head", head: frame.content });
        break;
      case "data":
        this.#pushData(frame.content);
        break;
      case "end":
        this.#finish({ type: "end", end: frame.content }, true);
        break;
      case "error":
        this.#finish({ type: "error", error: SluiceError.fromReport(frame.content) }, true);
        break;
      case "unreadable": {
        const cause = frame.content;
        this.#bus.logger.error({ err: cause }, "a frame could not be read");
        this.fail(new SluiceError("reply_incomplete", "A part of the reply could not be read.", { cause }));
        break;
      }
    }
  }

  /** Data that somebody waits for is taken at once. */
  #pushData(bytes: Uint8Array): void {
    this.#push({ type: "data", bytes: this.#wake === undefined ? ownBytes(bytes) : bytes });
  }

  #push(frame: ReplyFrame): void {
    this.#queue.push(frame);
    this.#wakeReader();
  }

  #wakeReader(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }

  #finish(frame: ReplyFrame, whole: boolean): void {
    this.#close(whole);
    this.#push(frame);
  }

  #close(whole: boolean): void {
    if (this.#finished) return;
    this.#finished = true;
    this.#onClosed(whole);
  }

  #grantFor(bytes: number): void {
    this.#takenBytes += dataCostBytes(bytes);
    const grantedBytes = creditWindowBytes + this.#takenBytes;
    const lastBytes = Math.max(this.#creditedBytes, creditWindowBytes);
    if (this.#finished || grantedBytes - lastBytes < creditWindowBytes / 2) return;
    this.#creditedBytes = grantedBytes;
    this.#tell("credit", grantedBytes);
  }

  /** Repeats the credit, which does no harm, and asks to be told if nobody reads it. */
  #askAfterWriter(): void {
    const asked = this.#writer ?? this.#holder;
    const key = this.#key;
    if (asked === undefined || key === undefined) return;
    const credit = { type: "credit" as const, key, bytes: this.#creditedBytes };
    sendControl(this.#bus, asked, credit, { asks: true });
  }

  #tell(type: "credit" | "cancel", bytes: number): void {
    if (this.#writer === undefined || this.#key === undefined) return;
    sendControl(this.#bus, this.#writer, { type, key: this.#key, bytes });
  }
}
