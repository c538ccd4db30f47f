import type { RouteLimit } from "./http-route.ts";
import type { LimitSpec } from "./kinds/ai-policy.ts";

/** @param name as the answer and the log name it */
export function compileLimit(name: string, limit: LimitSpec): RouteLimit {
  const intervalMs = limit.interval;
  if (limit.tokens !== undefined) return { name, unit: "total_tokens", amount: limit.tokens, intervalMs };
  if (limit.requests !== undefined) return { name, unit: "requests", amount: limit.requests, intervalMs };
  return { name, unit: "cost_nano_usd", amount: nanoUsd(limit.usd ?? "0"), intervalMs };
}

/** `USD 10.00` or `10.00` as nano-dollars; at most nine decimals, so it is exact. */
function nanoUsd(text: string): number {
  const [whole = "0", fraction = ""] = text.replace(/^USD /, "").split(".");
  return Number(whole) * 1e9 + Number(fraction.padEnd(9, "0"));
}
