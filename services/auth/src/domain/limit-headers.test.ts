import type { ReserveOutcome } from "@sluice/quota/quota";
import type { QuotaPolicy, QuotaUnit } from "@sluice/quota/quota-policy";
import { expect, test } from "vitest";
import { limitHeaders } from "./limit-headers.ts";
import type { RequestLimit } from "./limits-of-request.ts";

const atMs = Date.UTC(2026, 0, 31, 12);

function limit(id: string, unit: QuotaUnit, amount: number, more: Partial<QuotaPolicy> = {}): RequestLimit {
  const policy: QuotaPolicy = { window: { kind: "rolling", limit: amount, intervalMs: 60_000 }, ...more };
  const compiled = { name: id, unit, policy, per: [], failure: "closed" as const };
  return { id, scope: "all", unit, amount: 1, policy, compiled };
}

const limits = [
  limit("minute", "requests", 100, { warnAt: 0.5 }),
  limit("bucket", "requests", 0, {
    window: { kind: "token_bucket", capacity: 40, refill: 4, intervalMs: 1000 },
  }),
  limit("in", "input_tokens", 1000),
  limit("all", "total_tokens", 4000),
  limit("dollars", "cost_nano_usd", 2_500_000_000),
  limit("places", "concurrent_calls", 3, { warnAt: 0.1, window: { kind: "concurrent", limit: 3 } }),
  limit("trial", "requests", 10, { mode: "shadow", warnAt: 0.1 }),
];

const outcome: ReserveOutcome = {
  granted: true,
  reservation: "r",
  atMs,
  limits: [
    { id: "minute", remaining: 30, resetMs: 1500 },
    { id: "bucket", remaining: 4, resetMs: 3_725_000 },
    { id: "in", remaining: 900, resetMs: 120 },
    { id: "all", remaining: 100, resetMs: 61_000 },
    { id: "dollars", remaining: 1_000_000, resetMs: 60_000 },
    { id: "places", remaining: 1 },
    { id: "trial", remaining: 0, resetMs: 9 },
  ],
  warnings: [
    { id: "minute", reason: "near_limit", usedFraction: 0.709 },
    { id: "places", reason: "near_limit", usedFraction: 0.67 },
    { id: "trial", reason: "near_limit", usedFraction: 1 },
    { id: "trial", reason: "would_refuse", usedFraction: 1 },
  ],
};

const always = {
  "x-sluice-budget-limit-usd": "2.5",
  "x-sluice-budget-remaining-usd": "0.001",
  "x-sluice-budget-reset": "1m0s",
  "x-sluice-limit-warning": "minute=0.7, places=0.67",
};

test.each(["openai", "gemini"] as const)(
  "of each kind the limit closest to its end, as %s has it",
  (dialect) => {
    expect(limitHeaders(dialect, limits, outcome)).toEqual({
      "x-ratelimit-limit-requests": "40",
      "x-ratelimit-remaining-requests": "4",
      "x-ratelimit-reset-requests": "1h2m5s",
      "x-ratelimit-limit-tokens": "4000",
      "x-ratelimit-remaining-tokens": "100",
      "x-ratelimit-reset-tokens": "1m1s",
      ...always,
    });
  },
);

test("as anthropic has it", () => {
  expect(limitHeaders("anthropic", limits, outcome)).toEqual({
    "anthropic-ratelimit-requests-limit": "40",
    "anthropic-ratelimit-requests-remaining": "4",
    "anthropic-ratelimit-requests-reset": "2026-01-31T13:02:05Z",
    "anthropic-ratelimit-tokens-limit": "4000",
    "anthropic-ratelimit-tokens-remaining": "100",
    "anthropic-ratelimit-tokens-reset": "2026-01-31T12:01:01Z",
    "anthropic-ratelimit-input-tokens-limit": "1000",
    "anthropic-ratelimit-input-tokens-remaining": "900",
    "anthropic-ratelimit-input-tokens-reset": "2026-01-31T12:00:01Z",
    ...always,
  });
});

test("names that no header can hold are encoded, and what has no standard header is left out", () => {
  const named = [limit("key Zoë/0", "concurrent_calls", 2, { warnAt: 0.5 })];
  const warnings = [{ id: "key Zoë/0", reason: "near_limit" as const, usedFraction: 1 }];
  const state = { ...outcome, limits: [{ id: "key Zoë/0", remaining: 0 }], warnings };
  expect(limitHeaders("openai", named, state)).toEqual({ "x-sluice-limit-warning": "key%20Zo%C3%AB/0=1" });
});
