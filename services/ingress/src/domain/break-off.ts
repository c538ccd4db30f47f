import { SluiceError } from "@sluice/contracts/sluice-error";

/** Tells all that is open that it can't be waited for any longer. A set, because thousands may be open. */
export class BreakOff {
  readonly #listeners = new Set<(error: SluiceError) => void>();
  #told = false;

  /** @throws SluiceError once the gateway breaks off: what begins now would not come to its end */
  check(): void {
    if (this.#told) throw gatewayStops();
  }

  /**
   * Calls back when the gateway breaks off; its error is for a request that was passed on.
   * @returns ends that
   */
  watch(listener: (error: SluiceError) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  tell(): void {
    this.#told = true;
    const error = new SluiceError("holder_lost", "The gateway was stopped before the reply was whole.");
    for (const listener of this.#listeners) listener(error);
  }
}

/** For a request that has not gone anywhere yet: it may be sent again. */
export function gatewayStops(): SluiceError {
  return new SluiceError("service_unavailable", "The gateway is being stopped.", { retryAfterMs: 1000 });
}
