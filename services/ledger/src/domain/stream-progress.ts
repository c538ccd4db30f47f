/** Positions in the event stream at one moment. */
export interface StreamPositions {
  /** Of its last event. */
  lastSequence: number;
  /** Every event up to this one is booked. */
  bookedSequence: number;
}

/**
 * Until when every event of the stream is booked. Under load there is always an event that waits, so it is not
 * enough to look for a moment without one: once the ledger has come to where the stream ended at an earlier look,
 * everything of before that look is booked.
 */
export class StreamProgress {
  #bookedUntilMs: number | undefined;
  /** Where the stream ended at an earlier look. */
  #mark: { sequence: number; atMs: number } | undefined;

  /** Epoch milliseconds by the stream's clock; undefined while it is not known. */
  get bookedUntilMs(): number | undefined {
    return this.#bookedUntilMs;
  }

  /** @param atMs time at the stream before it was asked, by its clock; undefined while that is not known */
  observe({ lastSequence, bookedSequence }: StreamPositions, atMs: number | undefined): void {
    if (this.#mark !== undefined && bookedSequence >= this.#mark.sequence) {
      this.#bookedUntilMs = this.#mark.atMs;
      this.#mark = undefined;
    }
    if (atMs === undefined) return;
    // A stream that was made anew counts from 1 again.
    if (this.#mark !== undefined && lastSequence < this.#mark.sequence) this.#mark = undefined;
    if (bookedSequence >= lastSequence) this.#bookedUntilMs = atMs;
    this.#mark ??= { sequence: lastSequence, atMs };
  }
}
