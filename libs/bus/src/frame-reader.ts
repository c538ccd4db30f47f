import { creditWindowBytes } from "@sluice/contracts/control";
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
 * silently shorter than it was written. Leaving the iteration early cancels the reply.
 */
export class FrameReader implements AsyncIterable<ReplyFrame> {
  readonly #bus: Bus;
  readonly #key: RequestKey;
  readonly #onClosed: () => void;
  readonly #queue: ReplyFrame[] = [];
  #wake: (() => void) | undefined;
  #expected = 0;
  #takenBytes = 0;
  #writer: Party | undefined;
  #lastHeardMs = performance.now();
  #finished = false;

  constructor(bus: Bus, key: RequestKey, onClosed: () => void) {
    this.#bus = bus;
    this.#key = key;
    this.#onClosed = onClosed;
  }

  /** Takes frames off the bus. `writer` is known from the messages that name it. */
  take(frames: readonly RawFrame[], writer: Party | undefined): void {
    if (this.#finished) return;
    if (writer !== undefined) this.#writer = writer;
    this.#lastHeardMs = performance.now();
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
    this.#finish({ type: "error", error });
  }

  /** Nobody wants the reply any more. The iteration ends without another frame. */
  cancel(): void {
    if (!this.#finished) {
      this.#tell("cancel", 0);
      this.#close();
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

  /** Frames wait here, bounded by the credit that was granted. */
  async *[Symbol.asyncIterator](): AsyncGenerator<ReplyFrame, void, void> {
    try {
      while (true) {
        const frame = this.#queue.shift();
        if (frame !== undefined) {
          if (frame.type === "data") this.#grantFor(frame.bytes.length);
          yield frame;
          continue;
        }
        if (this.#finished) return;
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    } finally {
      this.cancel();
    }
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
      this.#push({ type: "heartbeat" });
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
        this.#push({ type: "data", bytes: frame.payload });
        break;
      case "end":
        this.#finish({ type: "end", end: decodeJson("frames", frame.payload, endFrameSchema) });
        break;
      case "error": {
        const report = decodeJson("frames", frame.payload, errorFrameSchema);
        this.#finish({ type: "error", error: SluiceError.fromReport(report) });
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

  #finish(frame: ReplyFrame): void {
    this.#close();
    this.#push(frame);
  }

  #close(): void {
    if (this.#finished) return;
    this.#finished = true;
    this.#onClosed();
  }

  #grantFor(bytes: number): void {
    this.#takenBytes += bytes;
    if (this.#finished || this.#takenBytes < creditWindowBytes / 2) return;
    this.#tell("credit", this.#takenBytes);
    this.#takenBytes = 0;
  }

  #tell(type: "credit" | "cancel", bytes: number): void {
    if (this.#writer === undefined) return;
    sendControl(this.#bus, this.#writer, { type, key: this.#key, bytes });
  }
}
