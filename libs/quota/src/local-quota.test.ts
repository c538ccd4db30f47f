import { expect, test } from "vitest";
import { LocalQuota } from "./local-quota.ts";
import type { ReserveOutcome } from "./quota.ts";
import type { QuotaPolicy } from "./quota-policy.ts";
import { asks, callLimit, tokenLimit } from "./testing/test-limits.ts";

// What is said here of the rules holds for Redis too: concurrent-operations.test.ts compares the two.

const start = Date.UTC(2026, 9, 24, 21, 59, 59);

/** A quota over one limit of tokens, and the time that it has. */
function quotaOf(policy: QuotaPolicy) {
  const clock = { nowMs: start };
  const quota = new LocalQuota({ now: () => clock.nowMs });
  let number = 0;
  return {
    clock,
    quota,
    reserve: (amount: number, ttlMs?: number) =>
      quota.reserve(asks(`request-${number++}`, [tokenLimit(amount, policy)], ttlMs)),
  };
}

function reservationOf(outcome: ReserveOutcome): string {
  expect(outcome).toMatchObject({ granted: true });
  return "reservation" in outcome ? outcome.reservation : "";
}

test("a token bucket of 5000 in 60 s refills evenly, and says when there is room", async () => {
  const { clock, reserve } = quotaOf({
    window: { kind: "token_bucket", capacity: 5000, intervalMs: 60_000 },
  });
  expect(await reserve(5000)).toMatchObject({ granted: true, limits: [{ remaining: 0, resetMs: 60_000 }] });
  clock.nowMs += 11;
  expect(await reserve(1)).toMatchObject({ granted: false, refusedBy: "tokens", retryAfterMs: 1 });
  clock.nowMs += 1;
  expect(await reserve(1)).toMatchObject({ granted: true, limits: [{ remaining: 0 }] });
  clock.nowMs += 30_000;
  expect(await reserve(2501)).toMatchObject({ granted: false, retryAfterMs: 12 });
  expect(await reserve(2500)).toMatchObject({ granted: true });
  clock.nowMs += 120_000;
  expect(await reserve(0)).toMatchObject({ limits: [{ remaining: 5000, resetMs: 0 }] });
});

test("many small steps refill a bucket exactly as one long step", async () => {
  const policy: QuotaPolicy = { window: { kind: "token_bucket", capacity: 1000, refill: 7, intervalMs: 90 } };
  const often = quotaOf(policy);
  const once = quotaOf(policy);
  for (const { reserve } of [often, once]) await reserve(1000);
  for (let step = 0; step < 1000; step++) {
    often.clock.nowMs += 1;
    await often.reserve(0);
  }
  once.clock.nowMs += 1000;
  const [slow, fast] = [await often.reserve(1), await once.reserve(1)];
  expect(slow).toMatchObject({ limits: [{ remaining: Math.floor(7000 / 90) - 1 }] });
  expect(slow.limits).toEqual(fast.limits);
});

test("what a call used beyond its reservation is owed: a bucket pays it off before it lets anything on", async () => {
  const { clock, quota, reserve } = quotaOf({
    window: { kind: "token_bucket", capacity: 100, intervalMs: 1000 },
  });
  const outcome = await reserve(10);
  await quota.settle(reservationOf(outcome), { total_tokens: 250 });
  expect(await reserve(0)).toMatchObject({ granted: false, limits: [{ remaining: 0 }], retryAfterMs: 1510 });
  clock.nowMs += 1510;
  expect(await reserve(0)).toMatchObject({ granted: true, limits: [{ remaining: 1 }] });
});

test("of a reservation from before the bucket was full nothing comes back", async () => {
  const { clock, quota, reserve } = quotaOf({
    window: { kind: "token_bucket", capacity: 100, intervalMs: 1000 },
  });
  const old = await reserve(100);
  clock.nowMs += 1000;
  const fresh = await reserve(60);
  await quota.settle(reservationOf(old), { total_tokens: 0 });
  expect(await reserve(0)).toMatchObject({ limits: [{ remaining: 40 }] });
  await quota.settle(reservationOf(fresh), { total_tokens: 20 });
  expect(await reserve(0)).toMatchObject({ limits: [{ remaining: 80 }] });
});

test("a day of Berlin begins anew at its midnight, and what began before it belongs to the day before", async () => {
  const { clock, quota, reserve } = quotaOf({
    window: { kind: "calendar", limit: 100, period: "day", timeZone: "Europe/Berlin" },
  });
  const before = await reserve(100);
  expect(await reserve(1)).toMatchObject({ granted: false, retryAfterMs: 1000 });
  clock.nowMs += 1000;
  // Summer time ends on this day.
  expect(await reserve(100)).toMatchObject({ granted: true, limits: [{ resetMs: 25 * 3_600_000 }] });
  await quota.settle(reservationOf(before), { total_tokens: 0 });
  expect(await reserve(1)).toMatchObject({ granted: false });
});

test("a clock that goes back opens no window again", async () => {
  const { clock, reserve } = quotaOf({ window: { kind: "calendar", limit: 100, period: "minute" } });
  clock.nowMs += 1000;
  await reserve(100);
  clock.nowMs -= 5000;
  expect(await reserve(1)).toMatchObject({ granted: false, retryAfterMs: 65_000 });
});

test("a rolling interval never lets on more than its limit, and gives back slot by slot", async () => {
  const { clock, reserve } = quotaOf({ window: { kind: "rolling", limit: 100, intervalMs: 60_000 } });
  await reserve(60);
  clock.nowMs += 30_000;
  await reserve(40);
  clock.nowMs += 29_999;
  expect(await reserve(50)).toMatchObject({ granted: false, retryAfterMs: 1001 });
  clock.nowMs += 1001;
  expect(await reserve(60)).toMatchObject({ granted: true });
});

test("whoever is refused by one limit has taken nothing of the others", async () => {
  const quota = new LocalQuota();
  const policy: QuotaPolicy = { window: { kind: "rolling", limit: 100, intervalMs: 60_000 } };
  const request = asks("refused", [tokenLimit(40, policy), callLimit(0)]);
  expect(await quota.reserve(request)).toMatchObject({
    granted: false,
    refusedBy: "calls",
    reason: "larger_than_limit",
    limits: [
      { id: "tokens", remaining: 100 },
      { id: "calls", remaining: 0 },
    ],
  });
});

test("of several refusals the one that lasts longest is told", async () => {
  const quota = new LocalQuota({ now: () => start - 90_000 });
  const limits = (["minute", "hour", "second"] as const).map((period) =>
    tokenLimit(1, { window: { kind: "calendar", limit: 1, period } }, period),
  );
  await quota.reserve(asks("first", limits));
  expect(await quota.reserve(asks("second", limits))).toMatchObject({
    refusedBy: "hour",
    retryAfterMs: 91_000,
  });
  const never = tokenLimit(2, { window: { kind: "calendar", limit: 1, period: "day" } }, "never");
  const refused = await quota.reserve(asks("third", [...limits, never]));
  expect(refused).toMatchObject({ refusedBy: "never", reason: "larger_than_limit" });
  expect(refused).not.toHaveProperty("retryAfterMs");
});

test("a shadow limit refuses nothing, and says what it would have refused", async () => {
  const { reserve } = quotaOf({
    window: { kind: "rolling", limit: 100, intervalMs: 60_000 },
    mode: "shadow",
  });
  expect(await reserve(80)).toMatchObject({ granted: true, warnings: [] });
  const outcome = await reserve(30);
  expect(outcome).toMatchObject({ granted: true, limits: [{ remaining: 20 }] });
  expect(outcome.warnings).toEqual([{ id: "tokens", reason: "would_refuse", usedFraction: 0.8 }]);
  // As an enforced limit would have: what it refuses takes nothing.
  expect(await reserve(20)).toMatchObject({ granted: true, warnings: [], limits: [{ remaining: 0 }] });
});

test("a warning is reported from its fraction on", async () => {
  const { reserve } = quotaOf({ window: { kind: "rolling", limit: 100, intervalMs: 60_000 }, warnAt: 0.8 });
  expect((await reserve(79)).warnings).toEqual([]);
  expect((await reserve(1)).warnings).toEqual([{ id: "tokens", reason: "near_limit", usedFraction: 0.8 }]);
});

test("what nobody settles comes back, or stays counted where the policy says so", async () => {
  const window = { kind: "rolling", limit: 100, intervalMs: 3_600_000 } as const;
  for (const [unsettled, remaining] of [
    ["release", 100],
    ["count", 40],
  ] as const) {
    const { clock, quota, reserve } = quotaOf({ window, unsettled });
    const dead = await reserve(60, 1000);
    clock.nowMs += 1000;
    expect(await reserve(0)).toMatchObject({ limits: [{ remaining }] });
    expect(await quota.settle(reservationOf(dead), { total_tokens: 50 })).toMatchObject({
      result: "settled_late",
    });
    expect(await reserve(0)).toMatchObject({ limits: [{ remaining: 50 }] });
  }
});

test("a reservation that is extended lives on, and not shorter than before", async () => {
  const { clock, quota, reserve } = quotaOf({
    window: { kind: "rolling", limit: 100, intervalMs: 3_600_000 },
  });
  const long = reservationOf(await reserve(60, 1000));
  expect(await quota.extend(long, 10)).toMatchObject({ result: "extended" });
  clock.nowMs += 999;
  expect(await reserve(0)).toMatchObject({ limits: [{ remaining: 40 }] });
  expect(await quota.extend(long, 1000)).toMatchObject({ result: "extended" });
  clock.nowMs += 999;
  expect(await reserve(0)).toMatchObject({ limits: [{ remaining: 40 }] });
  clock.nowMs += 1;
  expect(await quota.extend(long, 1000)).toMatchObject({ result: "expired" });
  expect(await reserve(0)).toMatchObject({ limits: [{ remaining: 100 }] });
});

test("a unit that is not named in a settlement stands as reserved; cancelling gives all of it back", async () => {
  const { quota, reserve } = quotaOf({ window: { kind: "rolling", limit: 100, intervalMs: 3_600_000 } });
  await quota.settle(reservationOf(await reserve(30)), { requests: 1 });
  await quota.cancel(reservationOf(await reserve(30)));
  expect(await reserve(0)).toMatchObject({ limits: [{ remaining: 70 }] });
});

test("another limit or refill for the same window keeps what was counted", async () => {
  const clock = { nowMs: start };
  const quota = new LocalQuota({ now: () => clock.nowMs });
  const bucket = (capacity: number, intervalMs: number) =>
    tokenLimit(50, { window: { kind: "token_bucket", capacity, intervalMs } });
  await quota.reserve(asks("first", [bucket(100, 1000)]));
  clock.nowMs += 100;
  const wider = await quota.reserve(asks("second", [bucket(200, 4000)]));
  expect(wider).toMatchObject({ granted: true, limits: [{ remaining: 10, resetMs: 3800 }] });
});

test("memory holds what is alive, and not what has been", async () => {
  const clock = { nowMs: start };
  const quota = new LocalQuota({ now: () => clock.nowMs, settledRecordMs: 1000, expiredRecordMs: 1000 });
  const window = { kind: "token_bucket", capacity: 100, intervalMs: 1000 } as const;
  for (let number = 0; number < 5000; number++) {
    clock.nowMs += 10;
    const limit = { ...tokenLimit(1, { window }), scope: `user:${number}` };
    const outcome = await quota.reserve(asks(`request-${number}`, [limit], 1000));
    await quota.settle(reservationOf(outcome), {});
  }
  expect(quota.size).toBeLessThan(2000);
});

test.each([
  ["an empty partition", { ...asks("one", []), partition: "" }, /not empty/],
  ["an empty id", asks("", []), /not empty/],
  ["no time to live", asks("one", [], 0), /time to live/i],
  [
    "an amount below 0",
    asks("one", [tokenLimit(-1, { window: { kind: "rolling", limit: 1, intervalMs: 1 } })]),
    /amount of the limit tokens/,
  ],
  [
    "part of a token",
    asks("one", [tokenLimit(0.5, { window: { kind: "rolling", limit: 1, intervalMs: 1 } })]),
    /0\.5/,
  ],
  [
    "an interval of 0",
    asks("one", [tokenLimit(1, { window: { kind: "rolling", limit: 1, intervalMs: 0 } })]),
    /limit tokens.*window\.intervalMs/,
  ],
  [
    "a zone that is none",
    asks("one", [
      tokenLimit(1, { window: { kind: "calendar", limit: 1, period: "day", timeZone: "Mars/Olympus" } }),
    ]),
    /time zone/,
  ],
  [
    "tokens at the same time",
    asks("one", [tokenLimit(1, { window: { kind: "concurrent", limit: 1 } })]),
    /concurrent_calls/,
  ],
  ["one counter twice", asks("one", [callLimit(1), callLimit(2)]), /same counter: team%3Asearch\/calls/],
])("%s is refused in words that say so", async (_name, request, words) => {
  await expect(new LocalQuota().reserve(request)).rejects.toThrow(words);
});

test("what is no reservation is refused, and one that was never made is unknown", async () => {
  const quota = new LocalQuota();
  await expect(quota.settle("", {})).rejects.toThrow("no reservation");
  await expect(quota.settle("acme one two", {})).rejects.toThrow("no reservation");
  const never = "acme one team/calls/concurrent_calls/concurrent";
  expect(await quota.settle(never, {})).toMatchObject({ result: "unknown" });
  expect(await quota.extend(never, 1000)).toMatchObject({ result: "unknown" });
  await expect(quota.settle("acme one team/a/total_tokens/bucket", { total_tokens: -1 })).rejects.toThrow(
    "total_tokens",
  );
});
