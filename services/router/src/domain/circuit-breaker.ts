import type { CompiledBreaker } from "@sluice/resources/breaker";

/** Calls of which the part that fails is looked at; fewer say nothing. */
const lastCalls = 20;
/** How long a call that tries a target is waited for before another one may, milliseconds. */
const probeMs = 30_000;

/**
 * Whether a target is worth calling: a circuit breaker as Nygard describes it ("Release It!", 2007). Closed, it lets
 * all calls through. Failures in a row, too many among the last calls,
 * or the target's own word that it wants to be left alone, open it. When its time
 * is over it is half open: one call tries the target, and closes the breaker or opens it for twice as long.
 */
export class CircuitBreaker {
  /** That of the configuration by which the target was called last. */
  policy: CompiledBreaker;
  readonly #now: () => number;
  /** In a row. */
  #failures = 0;
  /** Whether each of the last calls failed, the newest last. */
  #last: boolean[] = [];
  /** Times in a row that it was opened; 0 while it is closed. */
  #openings = 0;
  #openUntilMs = 0;
  #probeUntilMs = 0;

  /** @param now milliseconds of a clock that never goes back */
  constructor(policy: CompiledBreaker, now: () => number) {
    this.policy = policy;
    this.#now = now;
  }

  get closed(): boolean {
    return this.#openings === 0;
  }

  /** Nothing is held against the target. */
  get untouched(): boolean {
    return this.closed && !this.#last.includes(true);
  }

  /** Whether a call may go to the target before all others. Half open, it may for the one that asks first. */
  mayPass(): boolean {
    if (this.closed) return true;
    const nowMs = this.#now();
    if (nowMs < this.#openUntilMs || nowMs < this.#probeUntilMs) return false;
    this.#probeUntilMs = nowMs + probeMs;
    return true;
  }

  /** The target answered. @returns whether that has closed it */
  succeeded(): boolean {
    // A call from before says nothing of a target that is left alone.
    if (!this.closed && this.#now() < this.#openUntilMs) return false;
    if (!this.closed) return this.close();
    this.#failures = 0;
    this.#remember(false);
    return false;
  }

  /**
   * The target failed.
   * @param pauseMs how long it wants to be left alone, where it says so
   * @returns how long it is left alone, where that has opened it; undefined else
   */
  failed(pauseMs?: number): number | undefined {
    if (!this.closed && this.#now() < this.#openUntilMs) return undefined;
    this.#failures++;
    this.#remember(true);
    if (this.closed && pauseMs === undefined && !this.#failsTooOften) return undefined;
    const { openMs, maxOpenMs } = this.policy;
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
    this.#last = [];
    this.#openings = 0;
    this.#openUntilMs = 0;
    this.#probeUntilMs = 0;
    return wasOpen;
  }

  get #failsTooOften(): boolean {
    const { failures, failureRatio } = this.policy;
    if (this.#failures >= failures) return true;
    const failed = this.#last.filter(Boolean).length;
    return this.#last.length === lastCalls && failed >= failureRatio * lastCalls;
  }

  #remember(failed: boolean): void {
    this.#last.push(failed);
    if (this.#last.length > lastCalls) this.#last.shift();
  }
}
