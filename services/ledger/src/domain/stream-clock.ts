/**
 * What time it is at the event stream at least, whatever the clock of this machine says. A message that the stream
 * took at some time was read later than that; the time since is measured, not read off a clock. So what is overdue
 * by this clock is overdue by the stream's own, and a ledger whose clock is wrong gives nothing up early.
 */
export class StreamClock {
  readonly #elapsedMs: () => number;
  #offsetMs: number | undefined;

  /** @param elapsedMs A clock that never jumps. @default performance.now */
  constructor(elapsedMs: () => number = () => performance.now()) {
    this.#elapsedMs = elapsedMs;
  }

  /** Takes note of a message that was read just now. @param publishedAtMs epoch milliseconds by the stream's clock */
  observe(publishedAtMs: number): void {
    const offsetMs = publishedAtMs - this.#elapsedMs();
    if (this.#offsetMs === undefined || offsetMs > this.#offsetMs) this.#offsetMs = offsetMs;
  }

  /** Epoch milliseconds; undefined while no message was seen. */
  nowMs(): number | undefined {
    return this.#offsetMs === undefined ? undefined : this.#offsetMs + this.#elapsedMs();
  }
}
