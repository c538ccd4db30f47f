import { SluiceError } from "@sluice/contracts/sluice-error";
import { LocalQuota } from "@sluice/quota/local-quota";
import type { Limit, Quota, ReserveOutcome, ReserveRequest } from "@sluice/quota/quota";
import type { QuotaPolicy } from "@sluice/quota/quota-policy";
import type { Logger } from "@sluice/telemetry/logger";

/** While Redis is away, it is asked again this often by requests that can do without it. */
const askAgainMs = 1000;

export interface StoredOutcome {
  outcome: ReserveOutcome;
  /** It was decided here alone: nobody else can settle it. */
  isLocal: boolean;
}

/**
 * Where limits are reserved: in Redis, and while that is away, for limits that say so, in the memory of this process. It
 * goes back to Redis by itself.
 */
export class LimitStore {
  readonly #quota: Quota;
  readonly #logger: Logger;
  readonly #now: () => number;
  readonly #local: LocalQuota;
  /** When Redis was asked last, while it is away. */
  #askedMs: number | undefined;

  /** @param now milliseconds since the epoch */
  constructor(quota: Quota, logger: Logger, now: () => number = Date.now) {
    this.#quota = quota;
    this.#logger = logger;
    this.#now = now;
    this.#local = new LocalQuota({ now });
  }

  /** Whether Redis did not answer when it was asked last. */
  get isAway(): boolean {
    return this.#askedMs !== undefined;
  }

  /**
   * Reserves from all limits, or from none.
   * @param failsOpen whether it may be decided by this process alone
   * @throws SluiceError `service_unavailable` where it may not and Redis is away
   */
  async reserve(request: ReserveRequest, failsOpen: boolean): Promise<StoredOutcome> {
    const nowMs = this.#now();
    if (failsOpen && this.#askedMs !== undefined && nowMs - this.#askedMs < askAgainMs) {
      return await this.#reserveHere(request);
    }
    if (this.#askedMs !== undefined) this.#askedMs = nowMs;
    try {
      const outcome = await this.#quota.reserve(request);
      this.#isBack();
      return { outcome, isLocal: false };
    } catch (thrown) {
      if (SluiceError.from(thrown).code !== "service_unavailable") throw thrown;
      this.#isGone(thrown);
      if (!failsOpen) throw thrown;
      return await this.#reserveHere(request);
    }
  }

  async #reserveHere(request: ReserveRequest): Promise<StoredOutcome> {
    const limits = request.limits.map(countedLimit);
    return { outcome: await this.#local.reserve({ ...request, limits }), isLocal: true };
  }

  #isGone(reason: unknown): void {
    if (this.#askedMs === undefined) {
      const text =
        "Redis does not answer: limits that fail open are counted by this process alone, all others refuse";
      this.#logger.error({ alert: "limits_away", err: reason }, text);
    }
    this.#askedMs = this.#now();
  }

  #isBack(): void {
    if (this.#askedMs === undefined) return;
    this.#askedMs = undefined;
    this.#logger.info("Redis answers again: limits are counted by all together");
  }
}

/** The same object for each policy, as the quota asks for. */
const countedPolicies = new WeakMap<QuotaPolicy, QuotaPolicy>();

/** Nobody tells this process what was used: the estimate stands. */
function countedLimit(limit: Limit): Limit {
  let policy = countedPolicies.get(limit.policy);
  if (policy === undefined) {
    policy = { ...limit.policy, unsettled: "count" };
    countedPolicies.set(limit.policy, policy);
  }
  return { ...limit, policy };
}
