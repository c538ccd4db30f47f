import { once } from "node:events";
import type { ServerResponse } from "node:http";
import type { PipelineReply } from "@sluice/bus/pipeline-origin";
import type { HeadFrame } from "@sluice/contracts/frames";
import { SluiceError } from "@sluice/contracts/sluice-error";

/** A plain reply up to this size is sent as a whole, so that a fault in its middle still has a status of its own. */
const wholeReplyBytes = 1024 * 1024;

/** How the dialect of the client words what this side has to say. */
export interface ReplyWording {
  /** Body of an error answer. */
  error(error: SluiceError): string;
  /** An error within a stream. @param started whether a part of the reply was written before */
  streamError(error: SluiceError, started: boolean): string;
}

export interface ReplySinkOptions {
  response: ServerResponse;
  /** Headers of every answer. */
  headers: Record<string, string>;
  stream: boolean;
  /** Whether SSE comments may be written. */
  comments: boolean;
  keepAliveMs: number;
  wording: ReplyWording;
}

/** What became of a reply. */
export interface ReplyOutcome {
  status: number;
  bytes: number;
  error?: SluiceError;
  firstByteMs?: number;
}

/**
 * Turns the frames of a reply into an HTTP or SSE answer. As long as nothing has been sent, an error answers
 * with its real status; afterwards it is an event in the stream; a plain reply that breaks off cuts the
 * connection, so that it is never taken for a whole one.
 */
export async function sendReply(reply: PipelineReply, options: ReplySinkOptions): Promise<ReplyOutcome> {
  const sink = new ReplySink(options);
  options.response.once("close", () => {
    if (!sink.done) reply.cancel();
  });
  for await (const frame of reply) {
    switch (frame.type) {
      case "head":
        sink.head(frame.head);
        break;
      case "data":
        await sink.data(frame.bytes);
        break;
      case "heartbeat":
        sink.heartbeat();
        break;
      case "end":
        sink.end();
        break;
      case "error":
        sink.error(frame.error);
        break;
    }
  }
  return sink.outcome();
}

class ReplySink {
  readonly #options: ReplySinkOptions;
  readonly #response: ServerResponse;
  readonly #startedMs = performance.now();
  #head: HeadFrame | undefined;
  #held: Uint8Array[] = [];
  #heldBytes = 0;
  #bytes = 0;
  #error: SluiceError | undefined;
  #firstByteMs: number | undefined;
  #lastWriteMs = performance.now();
  #done = false;

  constructor(options: ReplySinkOptions) {
    this.#options = options;
    this.#response = options.response;
  }

  /** True once the last byte was handed over. */
  get done(): boolean {
    return this.#done;
  }

  head(head: HeadFrame): void {
    this.#head = head;
    if (this.#streams) this.#open();
  }

  async data(bytes: Uint8Array): Promise<void> {
    if (this.#response.headersSent) {
      await this.#write(bytes);
      return;
    }
    this.#held.push(bytes);
    this.#heldBytes += bytes.length;
    if (this.#heldBytes > wholeReplyBytes) {
      this.#open();
      for (const held of this.#held.splice(0)) await this.#write(held);
    }
  }

  /** Nothing was said for a while: keeps the client's connection open, before the first token too. */
  heartbeat(): void {
    if (!this.#options.comments || this.#done) return;
    if (performance.now() - this.#lastWriteMs < this.#options.keepAliveMs) return;
    this.#open();
    this.#lastWriteMs = performance.now();
    this.#response.write(": keep-alive\n\n");
  }

  end(): void {
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
    if (!this.#response.headersSent) this.#answer(error);
    else if (this.#streams) this.#response.end(this.#options.wording.streamError(error, this.#bytes > 0));
    else this.#response.destroy();
  }

  outcome(): ReplyOutcome {
    const outcome: ReplyOutcome = { status: this.#error?.status ?? this.#status, bytes: this.#bytes };
    if (!this.#done) {
      outcome.error = new SluiceError("client_closed", "The client went away.");
      outcome.status = outcome.error.status;
    }
    if (this.#error !== undefined) outcome.error = this.#error;
    if (this.#firstByteMs !== undefined) outcome.firstByteMs = this.#firstByteMs;
    return outcome;
  }

  /** A reply that is streamed, and that the provider did not answer with an error. */
  get #streams(): boolean {
    return this.#options.stream && this.#status < 400;
  }

  get #status(): number {
    return this.#head?.status ?? 200;
  }

  #headers(): Record<string, string> {
    return { ...this.#head?.headers, ...this.#options.headers };
  }

  #open(): void {
    if (this.#response.headersSent) return;
    const type = this.#options.comments ? { "content-type": "text/event-stream; charset=utf-8" } : {};
    const stream = this.#streams ? { "cache-control": "no-cache", "x-accel-buffering": "no" } : {};
    this.#response.writeHead(this.#status, { ...type, ...stream, ...this.#headers() });
  }

  #answer(error: SluiceError): void {
    const body = this.#options.wording.error(error);
    this.#bytes = Buffer.byteLength(body);
    this.#response.writeHead(error.status, {
      ...this.#options.headers,
      ...retryAfter(error),
      "content-type": "application/json; charset=utf-8",
      "content-length": String(this.#bytes),
    });
    this.#response.end(body);
  }

  async #write(bytes: Uint8Array): Promise<void> {
    this.#firstByteMs ??= performance.now() - this.#startedMs;
    this.#bytes += bytes.length;
    this.#lastWriteMs = performance.now();
    if (this.#response.write(bytes) || this.#response.destroyed) return;
    const abort = new AbortController();
    const gone = (): void => abort.abort();
    this.#response.once("close", gone);
    await once(this.#response, "drain", { signal: abort.signal }).catch(() => undefined);
    this.#response.off("close", gone);
  }
}

/** `Retry-After` in whole seconds, rounded up, as HTTP has it. */
export function retryAfter(error: SluiceError): Record<string, string> {
  if (error.retryAfterMs === undefined) return {};
  return { "retry-after": String(Math.max(1, Math.ceil(error.retryAfterMs / 1000))) };
}
