import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { ownBytes } from "@sluice/bus/own-bytes";
import type { HeadFrame } from "@sluice/contracts/frames";
import { SluiceError } from "@sluice/contracts/sluice-error";
import { answerWithError } from "./error-answer.ts";

/** A plain reply up to this size is sent as a whole, so that a fault in its middle still has a status of its own. */
const wholeReplyBytes = 1024 * 1024;

const lineFeed = 0x0a;
const carriageReturn = 0x0d;

/** How the dialect of the client words what this side has to say. */
export interface ReplyWording {
  /** Body of an error answer. */
  error(error: SluiceError): string;
  /** An error within a stream. @param started whether a part of the reply was written before */
  streamError(error: SluiceError, started: boolean): string;
  /** What a reply with an error status says, where it comes too late to be answered with that status. */
  errorOfReply(head: HeadFrame, body: Buffer): SluiceError;
}

export interface ReplySinkOptions {
  request: IncomingMessage;
  response: ServerResponse;
  /** Headers of every answer. */
  headers: Record<string, string>;
  /** Whether the reply is streamed; `as-replied` where its head says so. */
  stream: boolean | "as-replied";
  /** Whether a reply without a body is one. */
  mayBeEmpty: boolean;
  /** Whether SSE comments may be written. */
  comments: boolean;
  keepAliveMs: number;
  wording: ReplyWording;
}

/** What became of a reply. */
export interface ReplyOutcome {
  /** The status that was sent; 499 when the client left before there was one. */
  status: number;
  bytes: number;
  /** Also set for an error within a stream. */
  error?: SluiceError;
  firstByteMs?: number;
}

/**
 * Writes the parts of a reply as an HTTP or SSE answer. As long as nothing has been sent, an error answers with
 * its real status; afterwards it is an event in the stream; a plain reply that breaks off cuts the connection,
 * so that it is never taken for a whole one.
 */
export class ReplySink {
  readonly #options: ReplySinkOptions;
  readonly #response: ServerResponse;
  readonly #over: AbortSignal;
  readonly #startedMs = performance.now();
  #head: HeadFrame | undefined;
  #held: Uint8Array[] = [];
  #heldBytes = 0;
  #bytes = 0;
  #error: SluiceError | undefined;
  #firstByteMs: number | undefined;
  #lastWriteMs = performance.now();
  #openedAsStream = false;
  /** Whether what was written stops between two events of the stream. */
  #betweenEvents = true;
  #done = false;

  /** @param over aborts, with the error that says why, when no more can be written */
  constructor(options: ReplySinkOptions, over: AbortSignal) {
    this.#options = options;
    this.#response = options.response;
    this.#over = over;
  }

  /** True once the last byte was handed over. */
  get done(): boolean {
    return this.#done;
  }

  /** Sent with the first bytes of the body, since until then an error can still have a status of its own. */
  head(head: HeadFrame): void {
    this.#head = head;
  }

  /** Resolves when the client takes more. */
  async data(bytes: Uint8Array): Promise<void> {
    if (this.#streams) this.#open();
    if (this.#response.headersSent && !this.#isLateError) {
      await this.#write(bytes);
      return;
    }
    this.#held.push(bytes);
    this.#heldBytes += bytes.length;
    if (this.#heldBytes <= wholeReplyBytes || this.#isLateError) return;
    this.#open();
    for (const held of this.#held.splice(0)) await this.#write(held);
  }

  /** Nothing was said for a while: keeps the client's connection open, before the first token too. */
  heartbeat(): void {
    if (!this.#options.comments || !this.#betweenEvents || this.#done) return;
    if (performance.now() - this.#lastWriteMs < this.#options.keepAliveMs) return;
    this.#open();
    this.#lastWriteMs = performance.now();
    this.#response.write(": keep-alive\n\n");
  }

  end(): void {
    if (this.#head !== undefined && this.#isLateError) {
      this.error(this.#options.wording.errorOfReply(this.#head, Buffer.concat(this.#held)));
      return;
    }
    if (this.#bytes + this.#heldBytes === 0 && !this.#options.mayBeEmpty) {
      // None of the gateway's endpoints has an empty reply: it would be taken for an answer that says nothing.
      this.error(new SluiceError("reply_incomplete", "The reply was empty."));
      return;
    }
    this.#done = true;
    if (this.#response.headersSent) {
      this.#response.end();
      return;
    }
    const body = Buffer.concat(this.#held);
    this.#firstByteMs = performance.now() - this.#startedMs;
    this.#bytes = body.length;
    this.#response.writeHead(this.#status, { ...this.#headers(), "content-length": String(body.length) });
    this.#response.end(body);
  }

  error(error: SluiceError): void {
    this.#done = true;
    this.#error = error;
    const { request, wording, headers } = this.#options;
    if (!this.#response.headersSent) {
      const body = wording.error(error);
      this.#bytes = answerWithError(request, this.#response, { error, body, headers });
    } else if (this.#openedAsStream) {
      const event = wording.streamError(error, this.#bytes > 0);
      // An event that was cut off ends here, so that the error stands in one of its own.
      this.#response.end(this.#options.comments && !this.#betweenEvents ? `\n\n${event}` : event);
    } else {
      this.#response.destroy();
    }
  }

  outcome(): ReplyOutcome {
    const error = this.#over.aborted ? SluiceError.from(this.#over.reason) : this.#error;
    const status = this.#response.headersSent ? this.#response.statusCode : (error?.status ?? this.#status);
    return {
      status,
      bytes: this.#bytes,
      ...(error === undefined ? {} : { error }),
      ...(this.#firstByteMs === undefined ? {} : { firstByteMs: this.#firstByteMs }),
    };
  }

  /** A reply that is streamed, and that the provider did not answer with an error. */
  get #streams(): boolean {
    const { stream } = this.#options;
    const isStream = stream === "as-replied" ? isEventStream(this.#head) : stream;
    return isStream && this.#status < 400;
  }

  /** The provider answered with an error after a comment had opened the stream. */
  get #isLateError(): boolean {
    return this.#openedAsStream && !this.#streams;
  }

  get #status(): number {
    return this.#head?.status ?? 200;
  }

  #headers(): Record<string, string> {
    return { ...this.#head?.headers, ...this.#options.headers };
  }

  #open(): void {
    if (this.#response.headersSent) return;
    this.#openedAsStream = this.#streams;
    const type = this.#options.comments ? { "content-type": "text/event-stream; charset=utf-8" } : {};
    const stream = this.#streams ? { "cache-control": "no-cache", "x-accel-buffering": "no" } : {};
    this.#response.writeHead(this.#status, { ...type, ...stream, ...this.#headers() });
  }

  async #write(bytes: Uint8Array): Promise<void> {
    // Broken off while the client took what stood before these bytes.
    if (this.#done) return;
    this.#firstByteMs ??= performance.now() - this.#startedMs;
    this.#bytes += bytes.length;
    this.#betweenEvents = endsWithBlankLine(bytes);
    this.#lastWriteMs = performance.now();
    // Behind what the client has not taken yet they may wait for long.
    const written = this.#response.writableLength > 0 ? ownBytes(bytes) : bytes;
    if (this.#response.write(written) || this.#over.aborted) return;
    await once(this.#response, "drain", { signal: this.#over }).catch(() => undefined);
  }
}

function isEventStream(head: HeadFrame | undefined): boolean {
  return /^text\/event-stream\b/i.test(head?.headers["content-type"] ?? "");
}

/** Whether an event of a stream ends with these bytes. A blank line that came in two pieces is not seen. */
function endsWithBlankLine(bytes: Uint8Array): boolean {
  const [third, second, last] = [bytes.at(-3), bytes.at(-2), bytes.at(-1)];
  return last === lineFeed && (second === lineFeed || (second === carriageReturn && third === lineFeed));
}
