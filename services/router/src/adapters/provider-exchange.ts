import { SluiceError } from "@sluice/contracts/sluice-error";
import type { Dispatcher } from "undici";

export interface ProviderCall {
  origin: string;
  method: Dispatcher.HttpMethod;
  /** Path with query. */
  path: string;
  headers: Record<string, string>;
  /** @default none */
  body?: Uint8Array | string | undefined;
  timeouts: {
    connectMs: number;
    /** From the sent request to the first byte of the reply's body. */
    firstTokenMs: number;
    /** Between two pieces of the reply. */
    idleMs: number;
    totalMs: number;
  };
  /** Ends the call; a SluiceError as its reason is what the call then fails with. */
  signal: AbortSignal;
  /** Called when there is a connection and the request goes out: from here on the provider may bill it. */
  onSent?: () => void;
}

/** A provider's reply, from its headers on. Its body is iterated, or the call given up: one of the two. */
export interface ProviderReply {
  status: number;
  /** Lower-case names. */
  headers: Record<string, string>;
  /**
   * Leaving it before its end aborts the call.
   * @throws SluiceError `provider_timeout`, `provider_stream_cut`, or the reason of an abort
   */
  body: AsyncIterable<Uint8Array>;
  /** Aborts a call whose body nobody is going to read. */
  giveUp(): void;
}

/** Bytes that may wait here before the provider's socket is paused. */
const highWaterBytes = 128 * 1024;
/** One call: undici's events on one side, an iterable body on the other. */
export class ProviderExchange implements Dispatcher.DispatchHandler, AsyncIterable<Uint8Array> {
  readonly #call: ProviderCall;
  readonly #resolve: (reply: ProviderReply) => void;
  readonly #reject: (error: SluiceError) => void;
  readonly #onAbort = (): void => this.#stop(abortReason(this.#call.signal));
  readonly #total: NodeJS.Timeout;
  #firstToken: NodeJS.Timeout | undefined;
  #idle: NodeJS.Timeout | undefined;
  #controller: Dispatcher.DispatchController | undefined;
  #answered = false;
  #pieces: Uint8Array[] = [];
  #waitingBytes = 0;
  #paused = false;
  #wake: (() => void) | undefined;
  #ended = false;
  #error: SluiceError | undefined;

  constructor(
    call: ProviderCall,
    resolve: (reply: ProviderReply) => void,
    reject: (error: SluiceError) => void,
  ) {
    this.#call = call;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#total = setTimeout(() => this.#timeOut("as a whole", call.timeouts.totalMs), call.timeouts.totalMs);
    if (call.signal.aborted) queueMicrotask(this.#onAbort);
    else call.signal.addEventListener("abort", this.#onAbort, { once: true });
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#error !== undefined) {
      controller.abort(this.#error);
      return;
    }
    this.#call.onSent?.();
    const { firstTokenMs } = this.#call.timeouts;
    this.#firstToken = setTimeout(() => this.#timeOut("until its first byte", firstTokenMs), firstTokenMs);
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    if (status < 200) return;
    this.#answered = true;
    const flat: Record<string, string> = {};
    for (const [name, value] of Object.entries(headers)) {
      if (value !== undefined) flat[name.toLowerCase()] = Array.isArray(value) ? value.join(", ") : value;
    }
    this.#resolve({ status, headers: flat, body: this, giveUp: () => this.#giveUp() });
  }

  onResponseData(controller: Dispatcher.DispatchController, piece: Buffer): void {
    this.#watchIdle();
    this.#pieces.push(piece);
    this.#waitingBytes += piece.length;
    if (this.#waitingBytes > highWaterBytes && !this.#paused) {
      this.#paused = true;
      // A provider that is not let speak is not idle.
      clearTimeout(this.#idle);
      this.#idle = undefined;
      controller.pause();
    }
    this.#wake?.();
  }

  onResponseEnd(): void {
    this.#finish();
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, cause: Error): void {
    this.#error ??= this.#answered ? cutOff(cause) : this.#failedBeforeAnswer(cause);
    this.#finish();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, void> {
    try {
      while (true) {
        const piece = this.#pieces.shift();
        if (piece !== undefined) {
          this.#waitingBytes -= piece.length;
          if (this.#paused && this.#waitingBytes <= highWaterBytes / 2) this.#resume();
          yield piece;
        } else if (this.#error !== undefined) throw this.#error;
        else if (this.#ended) return;
        else
          await new Promise<void>((resolve) => {
            this.#wake = resolve;
          });
      }
    } finally {
      this.#giveUp();
    }
  }

  /** From the first piece on, the time between two pieces counts; the same timer is set back at each. */
  #watchIdle(): void {
    if (this.#idle !== undefined) {
      this.#idle.refresh();
      return;
    }
    clearTimeout(this.#firstToken);
    const { idleMs } = this.#call.timeouts;
    this.#idle = setTimeout(() => this.#timeOut("between two pieces of its reply", idleMs), idleMs);
  }

  #resume(): void {
    this.#paused = false;
    this.#watchIdle();
    this.#controller?.resume();
  }

  #timeOut(phase: string, limitMs: number): void {
    this.#stop(
      new SluiceError("provider_timeout", `The provider was silent ${phase} for ${limitMs / 1000} s.`),
    );
  }

  #giveUp(): void {
    if (this.#ended) return;
    this.#stop(new SluiceError("client_closed", "The reply was left."));
  }

  #stop(error: SluiceError): void {
    if (this.#ended) return;
    this.#error ??= error;
    this.#controller?.abort(error);
    this.#finish();
  }

  /** A request that never went out was refused by undici itself, or there was no connection to send it on. */
  #failedBeforeAnswer(cause: Error): SluiceError {
    if (cause instanceof SluiceError) return cause;
    return this.#controller === undefined
      ? new SluiceError("provider_unreachable", "The provider could not be reached.", { cause })
      : hungUp(cause);
  }

  #finish(): void {
    if (this.#ended) return;
    this.#ended = true;
    clearTimeout(this.#total);
    clearTimeout(this.#firstToken);
    clearTimeout(this.#idle);
    this.#call.signal.removeEventListener("abort", this.#onAbort);
    if (!this.#answered) {
      this.#reject(this.#error ?? hungUp());
    }
    this.#wake?.();
  }
}

function abortReason({ reason }: AbortSignal): SluiceError {
  return reason instanceof SluiceError ? reason : new SluiceError("client_closed", "The call was cancelled.");
}

function hungUp(cause?: Error): SluiceError {
  return new SluiceError("provider_stream_cut", "The provider hung up without an answer.", { cause });
}

function cutOff(cause: Error): SluiceError {
  if (cause instanceof SluiceError) return cause;
  return new SluiceError("provider_stream_cut", "The provider broke off its reply.", { cause });
}
