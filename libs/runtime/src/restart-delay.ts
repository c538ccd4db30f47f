/** Pause before the first restart; it doubles with each further one that follows a short life. */
export const firstRestartDelayMs = 200;
export const longestRestartDelayMs = 10_000;
/** A process that ran for so long counts as healthy again, and the next pause is the first one. */
export const stableAfterMs = 30_000;

/** How long to wait before a process that ended is started again. */
export class RestartDelay {
  #nextMs = firstRestartDelayMs;

  /**
   * @param ranMs How long it had been running; 0 when it could not even be started.
   * @returns Milliseconds to wait now.
   */
  afterEnd(ranMs: number): number {
    if (ranMs >= stableAfterMs) this.#nextMs = firstRestartDelayMs;
    const delayMs = this.#nextMs;
    this.#nextMs = Math.min(delayMs * 2, longestRestartDelayMs);
    return delayMs;
  }
}
