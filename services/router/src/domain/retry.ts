import type { SluiceError } from "@sluice/contracts/sluice-error";

export interface RetryPolicy {
  /** Calls in all, the first included. */
  attempts: number;
  baseDelayMs: number;
  maxDelayMs: number;
}

/**
 * Failures after which a provider has billed nothing, so the same call may be made again. A connection that
 * was lost after the request was sent, or a timeout, may have been billed and is not among them.
 */
const unbilled = new Set(["provider_unreachable", "provider_rate_limited", "provider_error"]);

/**
 * How long to wait before the next call; undefined when there shall be none. A provider's `Retry-After` is
 * honoured; one that is longer than the policy's longest pause goes to the client instead.
 * Otherwise exponential back-off with full jitter
 * (https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/).
 * @param attempt the call that failed, from 1
 * @param remainingMs what is left of the request's time
 * @param random 0 to 1
 */
export function retryDelayMs(
  error: SluiceError,
  attempt: number,
  policy: RetryPolicy,
  remainingMs: number,
  random: number,
): number | undefined {
  if (attempt >= policy.attempts || !unbilled.has(error.code)) return undefined;
  const ceilingMs = Math.min(policy.maxDelayMs, policy.baseDelayMs * 2 ** (attempt - 1));
  const delayMs = error.retryAfterMs ?? ceilingMs * random;
  if (delayMs > policy.maxDelayMs || delayMs >= remainingMs) return undefined;
  return delayMs;
}
