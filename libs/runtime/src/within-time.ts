/**
 * Waits for `work`, but not longer than `timeoutMs`.
 *
 * @returns whether it was done in time
 * @throws what `work` throws in time
 */
export async function withinTime(work: Promise<unknown>, timeoutMs: number): Promise<boolean> {
  const { promise: timeOver, resolve } = Promise.withResolvers<false>();
  const timer = setTimeout(resolve, timeoutMs, false);
  try {
    return await Promise.race([work.then(() => true), timeOver]);
  } finally {
    clearTimeout(timer);
  }
}
