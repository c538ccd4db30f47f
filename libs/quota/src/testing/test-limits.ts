import type { Limit, ReserveRequest } from "../quota.ts";
import type { QuotaPolicy } from "../quota-policy.ts";

/** For tests: a limit of tokens. */
export function tokenLimit(amount: number, policy: QuotaPolicy, id = "tokens"): Limit {
  return { id, scope: "team:search", unit: "total_tokens", amount, policy };
}

/** For tests: a limit of calls at the same time. */
export function callLimit(limit: number, id = "calls"): Limit {
  const policy: QuotaPolicy = { window: { kind: "concurrent", limit } };
  return { id, scope: "team:search", unit: "concurrent_calls", amount: 1, policy };
}

/** For tests: asks for what the limits name, for a minute. */
export function asks(reservationId: string, limits: Limit[], ttlMs = 60_000): ReserveRequest {
  return { partition: "acme", reservationId, limits, ttlMs };
}
