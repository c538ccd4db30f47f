import { creditWindowBytes, dataCostBytes } from "@sluice/contracts/control";
import {
  type EndFrame,
  endFrameSchema,
  errorFrameSchema,
  type HeadFrame,
  headFrameSchema,
} from "@sluice/contracts/frames";
import type { Party } from "@sluice/contracts/party";
import { SluiceError } from "@sluice/contracts/sluice-error";
import type { Bus } from "./bus.ts";
import type { RawFrame } from "./internal/frame-codec.ts";
import { decodeJson } from "./internal/json-payload.ts";
import type { RequestKey } from "./internal/request-key.ts";
import { sendControl } from "./internal/send-control.ts";

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
  #lastHeardMs = performance.now();
  #heard = false;
  #finished = false;

  /** @param onClosed called once: with true when the writer has ended the reply, with false when this side has */
  constructor(bus: Bus, onClosed: (whole: boolean) => void) {
    this.#bus = bus;
    this.#onClosed = onClosed;
  }

  /** Says which delivery is read; only then are there frames to take. */
  follow(key: RequestKey): void {
    this.#key = key;
    this.#lastHeardMs = performance.now();
  }

  /** Whether anything has come from the writer yet. */
  get heard(): boolean {
    return this.#heard;
  }

  /** Takes frames off the bus. `writer` is known from the messages that name it. */
  take(frames: readonly RawFrame[], writer: Party | undefined): void {
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

  /** Nobody wants the reply any more. The iteration ends without another frame. */
  cancel(): void {
    if (!this.#finished) {
      this.#tell("cancel", 0);
      this.#close(false);
    }
    this.#queue.length = 0;
    this.#wake?.();
  }

  /** Fails the reply when its writer has been silent for `silenceMs`. */
  checkSilence(silenceMs: number): void {
    if (performance.now() - this.#lastHeardMs < silenceMs) return;
    this.fail(
      new SluiceError("holder_lost", "The part of the gateway that held the request has gone silent."),
    );
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

  #takeFrame(frame: RawFrame): void {
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
    try {
      this.#takeNumbered(frame);
    } catch (cause) {
      this.#bus.logger.error({ err: cause }, "a frame could not be read");
      this.fail(new SluiceError("reply_incomplete", "A part of the reply could not be read.", { cause }));
    }
  }

  #takeNumbered(frame: RawFrame): void {
    switch (frame.type) {
      case "head":
        this.#push({ type: "head", head: decodeJson("frames", frame.payload, headFrameSchema) });
        break;
      case "data":
        this.#push({ type: "data", bytes: withoutSurroundings(frame.payload) });
        break;
      case "end":
        this.#finish({ type: "end", end: decodeJson("frames", frame.payload, endFrameSchema) }, true);
        break;
      case "error": {
        const report = decodeJson("frames", frame.payload, errorFrameSchema);
        this.#finish({ type: "error", error: SluiceError.fromReport(report) }, true);
        break;
      }
      case "accepted":
      case "heartbeat":
        break;
    }
  }

  #push(frame: ReplyFrame): void {
    this.#queue.push(frame);
    this.#wake?.();
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

  #tell(type: "credit" | "cancel", bytes: number): void {
    if (this.#writer === undefined || this.#key === undefined) return;
    sendControl(this.#bus, this.#writer, { type, key: this.#key, bytes });
  }
}

/**
 * The bytes in a buffer of their own where they are a small part of what came off the socket with them: a
 * slow client's few bytes would keep all of it in memory.
 */
function withoutSurroundings(bytes: Uint8Array): Uint8Array {
  if (bytes.length * 4 > bytes.buffer.byteLength) return bytes;
  const own = Buffer.allocUnsafeSlow(bytes.length);
  own.set(bytes);
  return own;
}
