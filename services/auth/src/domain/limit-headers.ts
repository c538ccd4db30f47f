import type { DialectName } from "@sluice/contracts/dialect-name";
import type { ReserveOutcome } from "@sluice/quota/quota";
import type { QuotaUnit, QuotaWindow } from "@sluice/quota/quota-policy";
import type { RequestLimit } from "./limits-of-request.ts";

/** A limit and how it stands. */
interface Standing {
  unit: QuotaUnit;
  limit: number;
  remaining: number;
  resetMs: number | undefined;
}

/** Which limits stand under which name in the headers that the SDKs of a dialect read. */
const namesByDialect: Record<"openai" | "anthropic", [name: string, units: readonly QuotaUnit[]][]> = {
  openai: [
    ["requests", ["requests"]],
    ["tokens", ["total_tokens", "input_tokens", "output_tokens"]],
  ],
  anthropic: [
    ["requests", ["requests"]],
    ["tokens", ["total_tokens"]],
    ["input-tokens", ["input_tokens"]],
    ["output-tokens", ["output_tokens"]],
  ],
};

/**
 * What a reply says of the limits of its request, allowed or refused: of each kind of amount the limit that is closest to
 * its end. Header names are lower case. Shadow limits are not the client's business.
 *
 * OpenAI and Gemini: `x-ratelimit-{limit,remaining,reset}-{requests,tokens}`, reset as a duration (`6m0s`); Anthropic:
 * `anthropic-ratelimit-{requests,tokens,input-tokens,output-tokens}-{limit,remaining,reset}`, reset as an instant. For
 * all: `x-sluice-budget-{limit-usd,remaining-usd,reset}`, and `x-sluice-limit-warning` from a limit's `warnAt` on.
 */
export function limitHeaders(
  dialect: DialectName,
  limits: readonly RequestLimit[],
  outcome: ReserveOutcome,
): Record<string, string> {
  const enforced = limits.filter(({ policy }) => policy.mode !== "shadow");
  const standings = enforced.flatMap(({ id, unit, policy }): Standing[] => {
    const state = outcome.limits.find((each) => each.id === id);
    if (state === undefined) return [];
    return [{ unit, limit: limitOf(policy.window), remaining: state.remaining, resetMs: state.resetMs }];
  });
  const headers: Record<string, string> = {};
  const isAnthropic = dialect === "anthropic";
  for (const [name, units] of namesByDialect[isAnthropic ? "anthropic" : "openai"]) {
    const closest = closestToEnd(standings, units);
    if (closest === undefined) continue;
    const headerOf = (what: string) =>
      isAnthropic ? `anthropic-ratelimit-${name}-${what}` : `x-ratelimit-${what}-${name}`;
    headers[headerOf("limit")] = String(closest.limit);
    headers[headerOf("remaining")] = String(closest.remaining);
    if (closest.resetMs === undefined) continue;
    headers[headerOf("reset")] = isAnthropic
      ? instantAfter(outcome.atMs, closest.resetMs)
      : durationText(closest.resetMs);
  }
  const budget = closestToEnd(standings, ["cost_nano_usd"]);
  if (budget !== undefined) {
    headers["x-sluice-budget-limit-usd"] = usdText(budget.limit);
    headers["x-sluice-budget-remaining-usd"] = usdText(budget.remaining);
    if (budget.resetMs !== undefined) headers["x-sluice-budget-reset"] = durationText(budget.resetMs);
  }
  const warning = warningText(enforced, outcome);
  if (warning !== "") headers["x-sluice-limit-warning"] = warning;
  return headers;
}

function limitOf(window: QuotaWindow): number {
  return window.kind === "token_bucket" ? window.capacity : window.limit;
}

function closestToEnd(standings: readonly Standing[], units: readonly QuotaUnit[]): Standing | undefined {
  const [first, ...others] = standings.filter(({ unit }) => units.includes(unit));
  if (first === undefined) return undefined;
  return others.reduce(
    (closest, other) => (other.remaining / other.limit < closest.remaining / closest.limit ? other : closest),
    first,
  );
}

/** `careful/0=0.82, budget/1=0.9`: each limit that is near its end, with what is used of it as a fraction. */
function warningText(enforced: readonly RequestLimit[], { warnings }: ReserveOutcome): string {
  const near = warnings.filter(
    ({ id, reason }) => reason === "near_limit" && enforced.some((limit) => limit.id === id),
  );
  return near
    .map(({ id, usedFraction }) => `${encodeURI(id)}=${Math.floor(Math.max(0, usedFraction) * 100) / 100}`)
    .join(", ");
}

/** As OpenAI writes durations: `120ms`, `1s`, `6m0s`, `1h0m0s`. */
function durationText(durationMs: number): string {
  if (durationMs < 1000) return `${Math.ceil(durationMs)}ms`;
  const seconds = Math.ceil(durationMs / 1000);
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const ofHours = hours > 0 ? `${hours}h` : "";
  return `${ofHours}${seconds >= 60 ? `${minutes}m` : ""}${seconds % 60}s`;
}

/** RFC 3339, in whole seconds. */
function instantAfter(atMs: number, durationMs: number): string {
  const instant = new Date(Math.ceil((atMs + durationMs) / 1000) * 1000);
  return instant.toISOString().replace(".000Z", "Z");
}

/** Nano-dollars as an exact decimal. */
function usdText(nanoUsd: number): string {
  const whole = Math.floor(nanoUsd / 1e9);
  const fraction = String(nanoUsd % 1e9)
    .padStart(9, "0")
    .replace(/0+$/, "");
  return fraction === "" ? String(whole) : `${whole}.${fraction}`;
}
