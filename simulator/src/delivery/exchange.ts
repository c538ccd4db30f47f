import type { IncomingMessage, ServerResponse } from "node:http";

/** One HTTP request and its reply, with the waits and writes that end when the peer goes away. */
export class Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** The reply is over: whole, or because a side closed the connection. */
  closed = false;
  /** The simulator itself destroyed the connection. */
  wasCut = false;
  /** Ends the wait that is under way. There is never more than one. */
  #wake: (() => void) | undefined;

  constructor(request: IncomingMessage, response: ServerResponse) {
    this.request = request;
    this.response = response;
    response.once("close", () => {
      this.closed = true;
      this.#wake?.();
    });
  }

  /** The peer went away before it had the whole reply. */
  get aborted(): boolean {
    return this.closed && !this.wasCut && !this.response.writableFinished;
  }

  /** Resolves after so many milliseconds, or when the reply is over. Infinity waits for the latter. */
  wait(milliseconds: number): Promise<void> {
    if (this.closed) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = Number.isFinite(milliseconds)
        ? setTimeout(() => this.#wake?.(), milliseconds)
        : undefined;
      this.#wake = () => {
        clearTimeout(timer);
        this.#wake = undefined;
        resolve();
      };
    });
  }

  /** Resolves in the next turn of the event loop, so that what was written is on its way by itself. */
  nextTurn(): Promise<void> {
    return new Promise((resolve) => setImmediate(resolve));
  }

  /** Writes, and waits while the peer does not read. */
  async write(data: string | Buffer): Promise<void> {
    if (this.closed || data.length === 0) return;
    if (this.response.write(data)) return;
    const wake = () => this.#wake?.();
    this.response.once("drain", wake);
    await this.wait(Number.POSITIVE_INFINITY);
    this.response.off("drain", wake);
  }

  /** Writes the last bytes of a whole reply. Resolves when they are with the operating system, or the peer is gone. */
  async end(data?: string | Buffer): Promise<void> {
    if (this.closed) return;
    if (data === undefined) this.response.end();
    else this.response.end(data);
    await this.wait(Number.POSITIVE_INFINITY);
  }

  /** Destroys the connection once what was written before has been handed over. */
  async cut(): Promise<void> {
    if (this.closed) return;
    this.wasCut = true;
    if (this.response.headersSent) {
      // An empty write calls back behind all writes before it.
      const flushed = () => this.#wake?.();
      this.response.flushHeaders();
      this.response.socket?.write("", flushed);
      await this.wait(Number.POSITIVE_INFINITY);
    }
    this.response.socket?.destroy();
    this.closed = true;
  }
}
