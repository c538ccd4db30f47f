import { setTimeout as sleep } from "node:timers/promises";
import type { SluiceError } from "@sluice/contracts/sluice-error";
import type { CallSequence } from "../domain/call-sequence.ts";

export interface CallUntilAnsweredOptions<Target, Failure> {
  sequence: CallSequence<Target>;
  signal: AbortSignal;
  /** What is left of the request's time. */
  remainingMs(): number;
  /** Makes one call. @returns why it gave no reply for the client; undefined when it did */
  call(target: Target): Promise<Failure | undefined>;
}

/**
 * Calls, and calls again or elsewhere where a failure allows it.
 * @returns the last failure; undefined when there was a reply
 * @throws the reason of the signal
 */
export async function callUntilAnswered<Target, Failure extends { error: SluiceError }>({
  sequence,
  signal,
  remainingMs,
  call,
}: CallUntilAnsweredOptions<Target, Failure>): Promise<Failure | undefined> {
  for (let target = sequence.first; ; ) {
    const failure = await call(target);
    if (failure === undefined) return undefined;
    const next = signal.aborted ? undefined : sequence.after(failure.error, remainingMs(), Math.random());
    if (next === undefined) return failure;
    ({ target } = next);
    await sleep(next.pauseMs, undefined, { signal }).catch(() => {
      throw signal.reason;
    });
  }
}
