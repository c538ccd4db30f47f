import type { QuotaUnit } from "@sluice/quota/quota-policy";
import type { CompiledLimit } from "./compiled-limit.ts";
import { formatDuration } from "./duration.ts";

const nouns: Record<Exclude<QuotaUnit, "cost_nano_usd">, string> = {
  requests: "requests",
  input_tokens: "input tokens",
  output_tokens: "output tokens",
  total_tokens: "tokens",
  complexity: "points of complexity",
  concurrent_calls: "requests at the same time",
};

/** How much a limit allows in which time for whom, such as `1,000 tokens in 1m per team and model`. */
export function describeAllowance({ unit, policy: { window }, per, each }: CompiledLimit): string {
  const amountOf = (amount: number) =>
    unit === "cost_nano_usd"
      ? `${amount / 1e9} US dollars`
      : `${amount.toLocaleString("en-US")} ${nouns[unit]}`;
  const whom = per.length === 0 ? "" : ` per ${listOf(per)}`;
  if (each !== undefined && "limit" in window) return `${amountOf(window.limit)} in one request`;
  switch (window.kind) {
    case "concurrent":
      return `${amountOf(window.limit)}${whom}`;
    case "rolling":
      return `${amountOf(window.limit)} in ${formatDuration(window.intervalMs)}${whom}`;
    case "calendar": {
      const zone = window.timeZone === undefined ? "" : ` of ${window.timeZone}`;
      return `${amountOf(window.limit)} in a ${window.period}${zone}${whom}`;
    }
    case "token_bucket": {
      const refill = amountOf(window.refill ?? window.capacity);
      return `${refill} in ${formatDuration(window.intervalMs)}, up to ${window.capacity.toLocaleString("en-US")} at once${whom}`;
    }
  }
}

/** A limit by its name, with all that it says. */
export function describeLimit(limit: CompiledLimit): string {
  const { warnAt, mode } = limit.policy;
  const notes = [
    ...(mode === "shadow" ? ["refuses nothing (shadow)"] : []),
    ...(warnAt === undefined ? [] : [`warns from ${Math.round(warnAt * 100)} %`]),
    ...(limit.failure === "open" ? ["counted by each instance while Redis is away"] : []),
  ];
  return `${limit.name}: ${[describeAllowance(limit), ...notes].join("; ")}`;
}

function listOf(words: readonly string[]): string {
  const last = words.at(-1) ?? "";
  return words.length < 2 ? last : `${words.slice(0, -1).join(", ")} and ${last}`;
}
