import type { UsedAmounts } from "../quota.ts";
import type { QuotaUnit } from "../quota-policy.ts";
import { checkInteger } from "./check-integer.ts";

/**
 * What was used of a unit; undefined where what was reserved stands.
 * @throws {SluiceError} `internal`, when it is no amount
 */
export function usedOf(used: UsedAmounts, unit: QuotaUnit): number | undefined {
  // The call is over, so it holds no place any more.
  if (unit === "concurrent_calls") return 0;
  const amount = used[unit];
  if (amount !== undefined) checkInteger(amount, 0, `The ${unit} used`);
  return amount;
}

/** What a cancelled reservation has used. */
export const nothingUsed: UsedAmounts = {
  requests: 0,
  input_tokens: 0,
  output_tokens: 0,
  total_tokens: 0,
  cost_nano_usd: 0,
  complexity: 0,
};
