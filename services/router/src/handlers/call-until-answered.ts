import { setTimeout as sleep } from "node:timers/promises";

export interface CallUntilAnsweredOptions<Failure> {
  signal: AbortSignal;
  /** Makes one call, from 1. @returns why it gave no reply for the client; undefined when it did */
  call(number: number): Promise<Failure | undefined>;
  /** How long to wait before the next call; undefined when there shall be none. */
  delayMs(failure: Failure, number: number): number | undefined;
}

/**
 * Calls, and calls again where a failure allows it.
 * @returns the last failure; undefined when there was a reply
 * @throws the reason of the signal
 */
export async function callUntilAnswered<Failure>({
  signal,
  call,
  delayMs,
}: CallUntilAnsweredOptions<Failure>): Promise<Failure | undefined> {
  for (let number = 1; ; number++) {
    const failure = await call(number);
    if (failure === undefined) return undefined;
    const pauseMs = signal.aborted ? undefined : delayMs(failure, number);
    if (pauseMs === undefined) return failure;
    await sleep(pauseMs, undefined, { signal }).catch(() => {
      throw signal.reason;
    });
  }
}
