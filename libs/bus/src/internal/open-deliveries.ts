import type { SluiceError } from "@sluice/contracts/sluice-error";

/** Work that can be told to end early. */
export interface Breakable {
  breakOff(reason: SluiceError): void;
}

/** The deliveries that a step is at work on. */
export class OpenDeliveries {
  readonly #running = new Map<Breakable, Promise<void>>();
  #brokenOffBy: SluiceError | undefined;

  /** @returns `work`, for whoever reports its error */
  track(delivery: Breakable, work: Promise<void>): Promise<void> {
    const running = work.finally(() => this.#running.delete(delivery));
    this.#running.set(delivery, running);
    if (this.#brokenOffBy !== undefined) delivery.breakOff(this.#brokenOffBy);
    return running;
  }

  /** Breaks off what is open, and what comes after this: a bus that stood still delivers late. */
  breakOff(reason: SluiceError): void {
    this.#brokenOffBy = reason;
    for (const delivery of this.#running.keys()) delivery.breakOff(reason);
  }

  async allDone(): Promise<void> {
    while (this.#running.size > 0) await Promise.allSettled(this.#running.values());
  }
}
