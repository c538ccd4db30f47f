/** How fast what was seen is forgotten, milliseconds: after so long a third of it counts. */
export const defaultForgettingMs = 10_000;

/**
 * An average of times that looks at the bad news first: one that is longer than the average takes its place at once,
 * shorter ones draw it down as time goes by. What nobody looks at for a while is forgotten, so that who was slow is
 * tried again. A peak-sensitive, exponentially weighted moving average as in Finagle's `PeakEwma` load balancer.
 */
export class PeakAverage {
  readonly #forgettingMs: number;
  #value: number | undefined;
  #atMs = 0;

  constructor(forgettingMs: number = defaultForgettingMs) {
    this.#forgettingMs = forgettingMs;
  }

  /** @param nowMs of a clock that never goes back */
  observe(value: number, nowMs: number): void {
    if (this.#value === undefined || value > this.#value) this.#value = value;
    else {
      const kept = this.#keptAt(nowMs);
      this.#value = this.#value * kept + value * (1 - kept);
    }
    this.#atMs = nowMs;
  }

  /** @returns undefined where nothing was observed yet */
  at(nowMs: number): number | undefined {
    return this.#value === undefined ? undefined : this.#value * this.#keptAt(nowMs);
  }

  #keptAt(nowMs: number): number {
    return Math.exp(-Math.max(0, nowMs - this.#atMs) / this.#forgettingMs);
  }
}
