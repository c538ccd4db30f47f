import { SluiceError } from "@sluice/contracts/sluice-error";
import { Agent, type Dispatcher, errors } from "undici";

export interface ProviderCall {
  origin: string;
  /** Path with query. */
  path: string;
  headers: Record<string, string>;
  body: Uint8Array | string;
  timeouts: {
    connectMs: number;
    /** From the sent request to the first byte of the reply's body. */
    firstTokenMs: number;
    /** Between two pieces of the reply. */
    idleMs: number;
    totalMs: number;
  };
  signal: AbortSignal;
}

/** A provider's reply, from its headers on. Iterate `body` to its end or leave it; leaving aborts the call. */
export interface ProviderReply {
  status: number;
  /** Lower-case names. */
  headers: Record<string, string>;
  /** @throws SluiceError `provider_timeout`, `provider_stream_cut`, or `client_closed` after an abort */
  body: AsyncIterable<Uint8Array>;
}

/** Bytes that may wait here before the provider's socket is paused. */
const highWaterBytes = 128 * 1024;
/** Idle connections are kept this long, unless the provider says otherwise. */
const keepAliveMs = 30_000;

/** Calls providers over kept connections. */
export class ProviderClient {
  /** One pool per connect timeout, which undici has per agent. */
  readonly #agents = new Map<number, Agent>();

  /**
   * Sends a request and resolves with the head of the reply.
   * @throws SluiceError `provider_unreachable` when no connection was made (nothing can have been billed),
   *   `provider_stream_cut` when it hung up without an answer, `provider_timeout`, `client_closed`
   */
  call(call: ProviderCall): Promise<ProviderReply> {
    return new Promise((resolve, reject) => {
      const exchange = new ProviderExchange(call, resolve, reject);
      const options: Dispatcher.DispatchOptions = {
        origin: call.origin,
        path: call.path,
        method: "POST",
        headers: call.headers,
        body: call.body,
      };
      this.#agent(call.timeouts.connectMs).dispatch(options, exchange);
    });
  }

  async close(): Promise<void> {
    await Promise.all([...this.#agents.values()].map((agent) => agent.destroy()));
  }

  #agent(connectMs: number): Agent {
    let agent = this.#agents.get(connectMs);
    if (agent === undefined) {
      // The exchange keeps the time of headers and body itself: undici has them per agent, not per call.
      agent = new Agent({
        connect: { timeout: connectMs },
        headersTimeout: 0,
        bodyTimeout: 0,
        keepAliveTimeout: keepAliveMs,
        pipelining: 1,
      });
      this.#agents.set(connectMs, agent);
    }
    return agent;
  }
}

/** One call: undici's events on one side, an iterable body on the other. */
class ProviderExchange implements Dispatcher.DispatchHandler, AsyncIterable<Uint8Array> {
  readonly #call: ProviderCall;
  readonly #resolve: (reply: ProviderReply) => void;
  readonly #reject: (error: SluiceError) => void;
  readonly #onAbort = (): void => this.#stop(new SluiceError("client_closed", "The call was cancelled."));
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
    this.#resolve({ status, headers: flat, body: this });
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
    this.#error ??= this.#answered ? cutOff(cause) : failedBeforeAnswer(cause);
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
      if (!this.#ended) this.#stop(new SluiceError("client_closed", "The reply was left."));
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

  #stop(error: SluiceError): void {
    if (this.#ended) return;
    this.#error ??= error;
    this.#controller?.abort(error);
    this.#finish();
  }

  #finish(): void {
    if (this.#ended) return;
    this.#ended = true;
    clearTimeout(this.#total);
    clearTimeout(this.#firstToken);
    clearTimeout(this.#idle);
    this.#call.signal.removeEventListener("abort", this.#onAbort);
    if (!this.#answered) {
      this.#reject(
        this.#error ?? new SluiceError("provider_stream_cut", "The provider hung up without an answer."),
      );
    }
    this.#wake?.();
  }
}

function failedBeforeAnswer(cause: Error): SluiceError {
  if (cause instanceof SluiceError) return cause;
  if (neverConnected(cause)) {
    return new SluiceError("provider_unreachable", "The provider could not be reached.", { cause });
  }
  return new SluiceError("provider_stream_cut", "The provider hung up without an answer.", { cause });
}

function neverConnected(cause: Error): boolean {
  if (cause instanceof errors.ConnectTimeoutError) return true;
  const code = "code" in cause ? String(cause.code) : "";
  return ["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH", "ETIMEDOUT"].includes(
    code,
  );
}

function cutOff(cause: Error): SluiceError {
  if (cause instanceof SluiceError) return cause;
  return new SluiceError("provider_stream_cut", "The provider broke off its reply.", { cause });
}
