import { LocalQuota } from "@sluice/quota/local-quota";
import { compileLimits } from "@sluice/resources/compile-limit";
import { readLimits } from "@sluice/resources/read-limits";
import type { Logger } from "@sluice/telemetry/logger";
import { expect, test } from "vitest";
import { LimitStore } from "../adapters/limit-store.ts";
import type { RequestLimit } from "../domain/limits-of-request.ts";
import { reserve } from "./reserve.ts";

const envelope = { requestId: "00000000-0000-4000-8000-000000000001", dialect: "openai" } as const;

/** Limits as they are written, each with what is to be reserved of it. */
function limitsOf(...written: [text: string, amount: number][]): RequestLimit[] {
  const compiled = compileLimits("p", readLimits(written.map(([text]) => text)));
  return compiled.map((limit, index) => ({
    id: limit.name,
    scope: "all",
    unit: limit.unit,
    amount: written[index]?.[1] ?? 0,
    policy: limit.policy,
    compiled: limit,
  }));
}

const store = new LimitStore(new LocalQuota(), {} as Logger);

test("a request that is larger than each may be is refused without Redis, and nothing is taken of other limits", async () => {
  const limits = limitsOf(["inputTokens: 100, each: request", 101], ["requests: 1, interval: 1h", 1]);
  await expect(reserve(undefined, envelope, limits)).rejects.toMatchObject({
    code: "budget_exceeded",
    message: "The request needs more than the limit p/0 ever allows (100 input tokens in one request).",
  });
  const fitting = limitsOf(["inputTokens: 100, each: request", 100], ["requests: 1, interval: 1h", 1]);
  expect((await reserve(store, envelope, fitting)).outcome.granted).toBe(true);
});

test("where all limits are of each request, nobody is asked and nothing is reserved", async () => {
  const limits = limitsOf(["usd: 0.5, each: request, warnAt: 0.5", 400_000_000]);
  expect(await reserve(undefined, envelope, limits)).toMatchObject({
    reservation: undefined,
    room: undefined,
    headers: { "x-sluice-limit-warning": "p/0=0.8" },
  });
});

test("a shadow limit of each request lets pass and reports", async () => {
  const limits = limitsOf(["complexity: 10, each: request, mode: shadow", 11]);
  const { outcome } = await reserve(undefined, envelope, limits);
  expect(outcome).toMatchObject({ granted: true, warnings: [{ id: "p/0", reason: "would_refuse" }] });
});

test("what grows with a stream travels with it, and whether it goes on without Redis", async () => {
  const limits = limitsOf(
    ["requests: 9, calendar: day, failure: open", 1],
    ["tokens: 900, calendar: week, failure: open", 300],
    ["usd: 1, calendar: week, failure: open", 5],
  );
  const { room } = await reserve(store, { ...envelope, requestId: "another" }, limits);
  expect(room).toEqual({ totalTokens: 300, costNanoUsd: 5, failure: "open" });
});
