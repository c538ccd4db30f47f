import type { LimitState, QuotaWarning, ReserveOutcome } from "../quota.ts";
import type { CompiledLimit } from "./compiled-limit.ts";
import { limitIdOf, type ReservationToken, writeToken } from "./reservation-token.ts";

/** The answer of one counter. */
export type Verdict = {
  result: "fits" | "no_room" | "larger_than_limit";
  remaining: number;
  /** -1 when nobody knows. */
  resetMs: number;
  /** -1 when nobody knows, or when there is no need to. */
  retryMs: number;
};

export type Decision = {
  granted: boolean;
  atMs: number;
  /** The reservation as it was made first: after a change of the configuration, its counters may be others. */
  token: ReservationToken;
  /** In the order of its counters. */
  verdicts: readonly Verdict[];
};

/**
 * What the caller is told.
 * @param asked The token of the request that is answered
 * @param limits Its limits, in the order of the token's counters
 */
export function reserveOutcome(
  { granted, atMs, token, verdicts }: Decision,
  asked: ReservationToken,
  limits: readonly CompiledLimit[],
): ReserveOutcome {
  const states: LimitState[] = [];
  const warnings: QuotaWarning[] = [];
  let refusal: { id: string; verdict: Verdict } | undefined;
  for (const [index, verdict] of verdicts.entries()) {
    const counter = token.counters[index] ?? "";
    const compiled = token === asked ? limits[index] : limits[asked.counters.indexOf(counter)];
    const state: LimitState = { id: compiled?.limit.id ?? limitIdOf(counter), remaining: verdict.remaining };
    if (verdict.resetMs >= 0) state.resetMs = verdict.resetMs;
    states.push(state);
    if (compiled === undefined) continue;
    const { limit, policy } = compiled;
    const usedFraction = policy.limit === 0 ? 1 : 1 - verdict.remaining / policy.limit;
    if (verdict.result !== "fits" && policy.enforced) refusal = longer(refusal, { id: limit.id, verdict });
    else if (verdict.result !== "fits") warnings.push({ id: limit.id, reason: "would_refuse", usedFraction });
    if (policy.warnAt !== undefined && usedFraction >= policy.warnAt)
      warnings.push({ id: limit.id, reason: "near_limit", usedFraction });
  }
  const common = { atMs, limits: states, warnings };
  if (granted || refusal === undefined) return { ...common, granted: true, reservation: writeToken(token) };
  const { id, verdict } = refusal;
  const reason = verdict.result === "larger_than_limit" ? "larger_than_limit" : "no_room";
  const refused = { ...common, granted: false as const, refusedBy: id, reason } as const;
  return verdict.retryMs < 0 ? refused : { ...refused, retryAfterMs: verdict.retryMs };
}

type Refusal = { id: string; verdict: Verdict };

function longer(one: Refusal | undefined, other: Refusal): Refusal {
  return one === undefined || weight(other.verdict) > weight(one.verdict) ? other : one;
}

function weight(verdict: Verdict): number {
  return verdict.result === "larger_than_limit" ? Number.POSITIVE_INFINITY : verdict.retryMs;
}
