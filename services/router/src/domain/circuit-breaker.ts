/** When a target is left alone, and for how long. Milliseconds. */
export interface BreakerPolicy {
  /** Failures in a row after which it is. */
  failures: number;
  /** How long at first; twice as long each time that the call that tries it fails too. */
  openMs: number;
  maxOpenMs: number;
  /** How long a call that tries it is waited for before another one may. */
  probeMs: number;
}

export const defaultBreakerPolicy: BreakerPolicy = Object.freeze({
  failures: 5,
  openMs: 5_000,
  maxOpenMs: 120_000,
  probeMs: 30_000,
});

/**
 * Whether a target is worth calling: a circuit breaker as Nygard describes it ("Release It!", 2007). Closed, it lets
 * all calls through. Failures in a row, or the target's own word that it wants to be left alone, open it. When its time
 * is over it is half open: one call tries the target, and closes the breaker or opens it for twice as long.
 */
export class CircuitBreaker {
  readonly #policy: BreakerPolicy;
  readonly #now: () => number;
  #failures = 0;
  /** Times in a row that it was opened; 0 while it is closed. */
  #openings = 0;
  #openUntilMs = 0;
  #probeUntilMs = 0;

  /** @param now milliseconds of a clock that never goes back */
  constructor(policy: BreakerPolicy, now: () => number) {
    this.#policy = policy;
    this.#now = now;
  }

  get closed(): boolean {
    return this.#openings === 0;
  }

  /** Nothing is held against the target. */
  get untouched(): boolean {
    return this.closed && this.#failures === 0;
  }

  /** Whether a call may go to the target before all others. Half open, it may for the one that asks first. */
  mayPass(): boolean {
    if (this.closed) return true;
    const nowMs = this.#now();
    if (nowMs < this.#openUntilMs || nowMs < this.#probeUntilMs) return false;
    this.#probeUntilMs = nowMs + this.#policy.probeMs;
    return true;
  }

  /** The target answered. @returns whether that has closed it */
  succeeded(): boolean {
    // A call from before says nothing of a target that is left alone.
    if (!this.closed && this.#now() < this.#openUntilMs) return false;
    return this.close();
  }

  /**
   * The target failed.
   * @param pauseMs how long it wants to be left alone, where it says so
   * @returns how long it is left alone, where that has opened it; undefined else
   */
  failed(pauseMs?: number): number | undefined {
    if (!this.closed && this.#now() < this.#openUntilMs) return undefined;
    this.#failures++;
    if (this.closed && pauseMs === undefined && this.#failures < this.#policy.failures) return undefined;
    const { openMs, maxOpenMs } = this.#policy;
    const openForMs = Math.min(maxOpenMs, pauseMs ?? openMs * 2 ** Math.min(this.#openings, 30));
    this.open(openForMs);
    return openForMs;
  }

  /** A call that was to try the target did not come to it. */
  released(): void {
    this.#probeUntilMs = 0;
  }

  open(forMs: number): void {
    this.#openings++;
    this.#probeUntilMs = 0;
    this.#openUntilMs = this.#now() + forMs;
  }

  /** @returns whether it was open */
  close(): boolean {
    const wasOpen = !this.closed;
    this.#failures = 0;
    this.#openings = 0;
    this.#openUntilMs = 0;
    this.#probeUntilMs = 0;
    return wasOpen;
  }
}
