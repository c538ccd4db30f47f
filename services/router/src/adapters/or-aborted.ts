import { SluiceError } from "@sluice/contracts/sluice-error";

/**
 * Waits for `work` as long as nobody aborts it.
 * @throws SluiceError the reason of `signal`; what `work` throws
 */
export async function orAborted<Value>(signal: AbortSignal, work: Promise<Value>): Promise<Value> {
  const { promise, reject } = Promise.withResolvers<never>();
  const abort = (): void => reject(SluiceError.from(signal.reason));
  if (signal.aborted) abort();
  else signal.addEventListener("abort", abort, { once: true });
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
