import { setTimeout as delay, setImmediate as nextTurn } from "node:timers/promises";
import type { Connections } from "./connections.ts";

/**
 * How long a kept connection without a request is left open, so that its client may hear with the answer to a next
 * request that it is the last one. Most clients that are at work send one in that time.
 */
const idleGraceMs = 5_000;
/** How much of the drain time that may be, so that an end that is in a hurry stays one. */
const idleGraceShare = 0.2;
/** How long the last words may take to reach their clients. */
const lastWordsMs = 1_000;
const checkIntervalMs = 20;
/** Connections closed in one turn of the event loop. */
const closedAtOnce = 32;

/** Lets the connections of a process come to their end. */
export class ConnectionDrain {
  #connections: readonly Connections[] = [];
  readonly #breakOff: () => void;
  #untilMs = Number.POSITIVE_INFINITY;
  #graceMs = idleGraceMs;

  /** @param breakOff Ends all that is still being answered; called once the time is over. */
  constructor(breakOff: () => void) {
    this.#breakOff = breakOff;
  }

  /** Says how much time there is from now on, unless there is less already. */
  limit(drainMs: number): void {
    this.#untilMs = Math.min(this.#untilMs, performance.now() + drainMs);
    this.#graceMs = Math.min(this.#graceMs, drainMs * idleGraceShare);
  }

  /** Waits until all connections are closed; what is open when the time is over is broken off. */
  async run(connectionsOfAll: readonly Connections[]): Promise<void> {
    this.#connections = connectionsOfAll;
    for (const connections of this.#connections) connections.drain();
    while (this.#isOpen() && performance.now() < this.#untilMs) await this.#closeIdle(this.#graceMs);
    this.#breakOff();
    const givenUpMs = performance.now() + lastWordsMs;
    while (this.#isOpen() && performance.now() < givenUpMs) await this.#closeIdle(0);
    for (const connections of this.#connections) connections.destroy();
  }

  #isOpen(): boolean {
    return this.#connections.some(({ count }) => count > 0);
  }

  async #closeIdle(idleMs: number): Promise<void> {
    for (const connections of this.#connections) {
      do await nextTurn();
      while (connections.closeIdle(idleMs, closedAtOnce) === closedAtOnce);
    }
    if (this.#isOpen()) await delay(checkIntervalMs);
  }
}
