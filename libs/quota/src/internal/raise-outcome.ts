import type { RaiseOutcome, UsedAmounts } from "../quota.ts";
import type { QuotaUnit } from "../quota-policy.ts";
import { checkInteger } from "./check-integer.ts";
import { limitIdOf, unitOf } from "./reservation-token.ts";

/**
 * How much a reservation is to hold of a unit; undefined where that stays as it is.
 * @throws {SluiceError} `internal`, when it is no amount
 */
export function raisedTo(amounts: UsedAmounts, unit: QuotaUnit | undefined): number | undefined {
  if (unit === undefined || unit === "concurrent_calls") return undefined;
  const amount = amounts[unit];
  if (amount !== undefined) checkInteger(amount, 0, `The ${unit} to hold`);
  return amount;
}

/** @param retryMs -1 when nobody knows */
export function refusedRaise(counter: string, atMs: number, retryMs: number): RaiseOutcome {
  const unit = unitOf(counter) ?? "total_tokens";
  const outcome = { result: "refused", refusedBy: limitIdOf(counter), unit, atMs, wouldRefuse: [] } as const;
  return { ...outcome, wouldRefuse: [], ...(retryMs < 0 ? {} : { retryAfterMs: retryMs }) };
}
