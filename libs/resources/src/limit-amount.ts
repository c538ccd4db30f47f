import type { QuotaUnit } from "@sluice/quota/quota-policy";
import type { LimitSpec } from "./kinds/limit.ts";

export interface LimitAmount {
  unit: QuotaUnit;
  /** The most that fits at once, in the unit: of a bucket, its size. */
  amount: number;
  /** What flows into a bucket in an interval; else the amount. */
  refill: number;
  /** As messages say it, such as `100 requests`. */
  text: string;
}

const units = {
  requests: ["requests", "requests"],
  tokens: ["total_tokens", "tokens"],
  inputTokens: ["input_tokens", "input tokens"],
  outputTokens: ["output_tokens", "output tokens"],
  complexity: ["complexity", "points of complexity"],
  concurrent: ["concurrent_calls", "requests at the same time"],
} as const;

/** How much a limit is about. */
export function limitAmount(limit: LimitSpec): LimitAmount {
  for (const [name, [unit, noun]] of Object.entries(units)) {
    const written = limit[name as keyof typeof units];
    if (written === undefined) continue;
    const text = `${written.toLocaleString("en-US")} ${noun}`;
    return { unit, amount: limit.burst ?? written, refill: written, text };
  }
  const amount = nanoUsd(limit.usd ?? "0");
  return { unit: "cost_nano_usd", amount, refill: amount, text: `${amount / 1e9} US dollars` };
}

/** `USD 10.00` or `10.00` as nano-dollars; at most nine decimals, so it is exact. */
function nanoUsd(text: string): number {
  const [whole = "0", fraction = ""] = text.replace(/^USD /, "").split(".");
  return Number(whole) * 1e9 + Number(fraction.padEnd(9, "0"));
}
