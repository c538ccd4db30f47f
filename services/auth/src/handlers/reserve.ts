import type { Envelope } from "@sluice/contracts/envelope";
import { SluiceError } from "@sluice/contracts/sluice-error";
import type { Limit, Quota } from "@sluice/quota/quota";

/** Whose limits are kept together. */
const partition = "default";
/**
 * How long a reservation lives until a router takes it over: longer than a request is on its way to one. What the guard
 * refuses gives back what it reserved after this time.
 */
const untilRouterMs = 30_000;

/**
 * Reserves what a request may use, before anything is spent.
 * @param quota undefined where auth has no Redis
 * @returns what the router settles; undefined where nothing is limited
 * @throws SluiceError `rate_limited` or `budget_exceeded` that names the limit, `service_unavailable` where it can't be
 *   looked up
 */
export async function reserve(
  quota: Quota | undefined,
  { requestId }: Pick<Envelope, "requestId">,
  limits: readonly Limit[],
): Promise<string | undefined> {
  if (limits.length === 0) return undefined;
  if (quota === undefined) {
    throw new SluiceError(
      "service_unavailable",
      "The limits of this request can't be looked up: auth has no Redis.",
    );
  }
  const outcome = await quota.reserve({ partition, reservationId: requestId, limits, ttlMs: untilRouterMs });
  if (outcome.granted) return outcome.reservation;
  const limit = limits.find(({ id }) => id === outcome.refusedBy);
  if (outcome.reason === "larger_than_limit") {
    throw new SluiceError(
      "budget_exceeded",
      `The request needs more than the limit ${outcome.refusedBy} ever allows.`,
    );
  }
  const code = limit?.unit === "cost_nano_usd" ? "budget_exceeded" : "rate_limited";
  throw new SluiceError(code, `The limit ${outcome.refusedBy} is reached.`, {
    retryAfterMs: outcome.retryAfterMs,
  });
}
