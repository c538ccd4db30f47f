import type { QuotaPolicy, QuotaUnit } from "./quota-policy.ts";

/** One limit that a request comes under. */
export type Limit = {
  /** Names the limit in outcomes. Within its scope, it also names the counter. */
  id: string;
  /** Whose counter it is, such as `team:search` or `route:default/ai-api-routes/0`. Opaque. */
  scope: string;
  unit: QuotaUnit;
  /** How much to reserve, in the unit; 0 to 2^53 - 1. Concurrent calls: 1. */
  amount: number;
  policy: QuotaPolicy;
};

export type ReserveRequest = {
  /** Whose limits these are, as a tenant. All of it is kept together, on one server of a cluster. Not empty. */
  partition: string;
  /** The same for each delivery of a request. Not empty. */
  reservationId: string;
  /** All limits of the request; no two with the same id and scope. */
  limits: readonly Limit[];
  /** How long the reservation lives if it is neither settled nor extended. */
  ttlMs: number;
};

export type LimitState = {
  id: string;
  /** What is left, in the unit; what this request reserved is taken off when it was granted. */
  remaining: number;
  /**
   * Milliseconds until all is left again (token bucket, calendar) or something comes back (rolling).
   * Not there for concurrent calls: nobody knows when they end.
   */
  resetMs?: number;
};

export type QuotaWarning = {
  id: string;
  /** `near_limit`: `warnAt` is reached. `would_refuse`: a shadow limit that would have refused. */
  reason: "near_limit" | "would_refuse";
  /** What is used and reserved, as a fraction of the limit. */
  usedFraction: number;
};

export type ReserveOutcome = {
  /** When it was decided, by the clock that decides; milliseconds since the epoch. */
  atMs: number;
  /** In the order of the request. */
  limits: LimitState[];
  warnings: QuotaWarning[];
} & (
  | {
      granted: true;
      /** To be handed to `settle`, `cancel` and `extend` as it is. Printable ASCII without quotes. */
      reservation: string;
    }
  | {
      granted: false;
      /** Of the limits that refuse, the one that does so for the longest. */
      refusedBy: string;
      /** `larger_than_limit`: not even an unused limit has room for it, so waiting is no use. */
      reason: "no_room" | "larger_than_limit";
      /** When there may be room. Not there where nobody knows (concurrent calls) and where waiting is no use. */
      retryAfterMs?: number;
    }
);

/** What was used, per unit. For a unit that is not named, what was reserved stands as used. */
export type UsedAmounts = { readonly [unit in Exclude<QuotaUnit, "concurrent_calls">]?: number | undefined };

export type SettleOutcome = {
  /**
   * `settled`; `settled_late`, when the reservation had expired, and what was used was counted all the same;
   * `already_settled`, when nothing was changed; `unknown`, when there is no record of it, and nothing was counted.
   */
  result: "settled" | "settled_late" | "already_settled" | "unknown";
  atMs: number;
};

export type ExtendOutcome = {
  /** Only `extended` has changed anything; one that has `expired` is not taken up again. */
  result: "extended" | "expired" | "already_settled" | "unknown";
  atMs: number;
};

/** What came of raising a reservation. */
export type RaiseOutcome = {
  atMs: number;
  /** Shadow limits that would have refused; of those nothing more is held. Empty unless it was raised. */
  wouldRefuse: string[];
} & (
  | {
      /** Only `raised` has changed anything; one that has `expired` is not taken up again. */
      result: "raised" | "expired" | "already_settled" | "unknown";
    }
  | {
      result: "refused";
      /** Of the limits that have no room for more, the one that has none for the longest. */
      refusedBy: string;
      unit: QuotaUnit;
      /** When there may be room. Not there where nobody knows. */
      retryAfterMs?: number;
    }
);

/** How long a call may take before it rejects. */
export type CallOptions = {
  /** @default the `timeoutMs` of the quota */
  timeoutMs?: number;
};

/**
 * Reserve before the work, settle after it. All methods may be called again with the same arguments (a redelivery, or
 * a caller who did not hear the answer) and change nothing the second time.
 */
export interface Quota {
  /**
   * Reserves from all limits, or from none. The same reservation again gets the same answer, also once it has been
   * settled; one that was refused is judged anew.
   * @throws {SluiceError} `service_unavailable`; `internal` for arguments that can't be
   */
  reserve(request: ReserveRequest, options?: CallOptions): Promise<ReserveOutcome>;
  /**
   * Replaces what was reserved by what was used, and ends the lease of a concurrent call. The usage counts at the time
   * of the reservation: a window that is over by then is not corrected.
   * @throws {SluiceError} `service_unavailable`; `internal` for arguments that can't be
   */
  settle(reservation: string, used: UsedAmounts, options?: CallOptions): Promise<SettleOutcome>;
  /** Gives everything back, requests too: `settle` with 0 of each unit. @throws {SluiceError} as `settle` */
  cancel(reservation: string, options?: CallOptions): Promise<SettleOutcome>;
  /**
   * Lets an open reservation live at least `ttlMs` from now.
   * @throws {SluiceError} as `settle`
   */
  extend(reservation: string, ttlMs: number, options?: CallOptions): Promise<ExtendOutcome>;
  /**
   * Lets an open reservation hold at least these amounts, of all its limits that count such a unit or of none: for work
   * that turns out larger than it was taken for. As settlements, it counts at the time of the reservation: a window that
   * is over by then always has room. What the limits were when it was made, they are here.
   * @param amounts what it is to hold together with what it holds already; units that are not named stay as they are
   * @throws {SluiceError} as `settle`
   */
  raise(reservation: string, amounts: UsedAmounts, options?: CallOptions): Promise<RaiseOutcome>;
}
