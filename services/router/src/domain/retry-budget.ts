/** Over which time calls are counted. */
const windowSeconds = 10;
/** Repeated calls of a target, as a part of all first ones. */
const share = 0.2;
/** Repeated calls a second that are allowed however few others there are. */
const minimumPerSecond = 10;

interface Second {
  second: number;
  calls: number;
  retries: number;
}

/**
 * How often calls of one target may be repeated: as often as a fifth of its other calls in the last ten seconds, and 10
 * a second at least. Where all calls fail, repeating each of them would double and triple the load of a provider that is
 * overloaded already. After Finagle's RetryBudget (https://twitter.github.io/finagle/guide/Clients.html#retries).
 */
export class RetryBudget {
  readonly #now: () => number;
  readonly #seconds: Second[] = [];

  /** @param now milliseconds of a clock that never goes back */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** A call that repeats none. */
  called(): void {
    this.#present().calls++;
  }

  /** Whether one more call may be a repeated one; it is counted then. */
  take(): boolean {
    const present = this.#present();
    const calls = this.#seconds.reduce((sum, second) => sum + second.calls, 0);
    const retries = this.#seconds.reduce((sum, second) => sum + second.retries, 0);
    if (retries >= minimumPerSecond * windowSeconds + share * calls) return false;
    present.retries++;
    return true;
  }

  #present(): Second {
    const second = Math.floor(this.#now() / 1000);
    const last = this.#seconds.at(-1);
    if (last?.second === second) return last;
    const present = { second, calls: 0, retries: 0 };
    this.#seconds.push(present);
    while ((this.#seconds[0]?.second ?? second) <= second - windowSeconds) this.#seconds.shift();
    return present;
  }
}
