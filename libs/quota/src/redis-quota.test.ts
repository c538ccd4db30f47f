import { expect, test } from "vitest";
import { createRedisQuota } from "./redis-quota.ts";
import { asks, callLimit, tokenLimit } from "./testing/test-limits.ts";
import { connectTestRedis, startTestQuota } from "./testing/test-quota.ts";

const largest = Number.MAX_SAFE_INTEGER;
const aDay = { window: { kind: "rolling", limit: 1000, intervalMs: 86_400_000 } } as const;

test("of 500 clients at once, exactly the 100 that there is room for are let on", async () => {
  const { server, quota } = await startTestQuota();
  const connections = await Promise.all(Array.from({ length: 25 }, () => connectTestRedis(server.url)));
  const quotas = connections.map((redis) => createRedisQuota({ redis, timeoutMs: 15_000 }));
  const month = {
    window: { kind: "calendar", limit: 100_000, period: "month", timeZone: "Europe/Berlin" },
  } as const;
  const limits = [tokenLimit(1000, month), callLimit(400)];
  const clients = Array.from({ length: 20 }, (_, client) => client);
  const outcomes = await Promise.all(
    quotas.flatMap((one, connection) =>
      clients.map((client) => one.reserve(asks(`request-${connection}-${client}`, limits))),
    ),
  );
  expect(outcomes).toHaveLength(500);
  expect(outcomes.filter(({ granted }) => granted)).toHaveLength(100);
  const left = await quota.reserve(asks("afterwards", [tokenLimit(1000, month), callLimit(400)]));
  // Who was refused by the tokens has taken no place among the calls.
  expect(left).toMatchObject({ granted: false, refusedBy: "tokens", reason: "no_room" });
  expect(left.limits.map(({ remaining }) => remaining)).toEqual([0, 300]);
});

test("a request that comes twice is reserved once, and gets the same answer, also after a change of limits", async () => {
  const { quota } = await startTestQuota();
  const first = await quota.reserve(asks("twice", [tokenLimit(600, aDay), callLimit(2)]));
  const again = await quota.reserve(asks("twice", [tokenLimit(600, aDay), callLimit(2)]));
  expect(again).toEqual({ ...first, atMs: again.atMs });
  expect(again).toMatchObject({
    granted: true,
    limits: [{ id: "tokens", remaining: 400 }, { remaining: 1 }],
  });
  const changed = await quota.reserve(asks("twice", [callLimit(2, "new-limit"), callLimit(2)]));
  expect(changed).toEqual({ ...first, atMs: changed.atMs });

  const reservation = changed.granted ? changed.reservation : "";
  expect(await quota.settle(reservation, { total_tokens: 100 })).toMatchObject({ result: "settled" });
  expect(await quota.settle(reservation, { total_tokens: 300 })).toMatchObject({ result: "already_settled" });
  const after = await quota.reserve(asks("next", [tokenLimit(0, aDay), callLimit(2)]));
  expect(after.limits.map(({ remaining }) => remaining)).toEqual([900, 1]);
});

test("a lease that nobody ends expires, and what is used late is counted all the same", async () => {
  const { quota } = await startTestQuota();
  const dead = await quota.reserve(asks("dead", [tokenLimit(600, aDay), callLimit(1)], 200));
  const next = (number: number) => quota.reserve(asks(`next-${number}`, [tokenLimit(0, aDay), callLimit(1)]));
  let number = 0;
  await expect.poll(async () => (await next(number++)).granted).toBe(true);
  const reservation = dead.granted ? dead.reservation : "";
  expect(await quota.extend(reservation, 1000)).toMatchObject({ result: "expired" });
  expect(await quota.settle(reservation, { total_tokens: 250 })).toMatchObject({ result: "settled_late" });
  const after = await next(number);
  expect(after.limits.map(({ remaining }) => remaining)).toEqual([750, 0]);
});

test("more reservations than one call gives back expire, and all of them come back", async () => {
  const { quota } = await startTestQuota();
  const requests = Array.from({ length: 2500 }, (_, number) => `dead-${number}`);
  const month = { window: { kind: "calendar", limit: 2500, period: "month" } } as const;
  await Promise.all(requests.map((name) => quota.reserve(asks(name, [tokenLimit(1, month)], 1500))));
  let number = 0;
  await expect
    .poll(async () => {
      const outcome = await quota.reserve(asks(`look-${number++}`, [tokenLimit(0, month)]));
      return outcome.limits[0]?.remaining;
    })
    .toBe(2500);
});

test("a server whose memory is full reserves nothing, takes settlements, and has no half of either", async () => {
  const { quota, redis } = await startTestQuota();
  const limits = [tokenLimit(100, aDay), callLimit(5)];
  const open = await quota.reserve(asks("open", limits));
  await redis.config("SET", "maxmemory", "1");
  await expect(quota.reserve(asks("refused", limits))).rejects.toMatchObject({
    code: "service_unavailable",
    cause: { message: expect.stringMatching(/OOM/) },
  });
  const reservation = open.granted ? open.reservation : "";
  expect(await quota.settle(reservation, { total_tokens: 30 })).toMatchObject({ result: "settled" });
  await redis.config("SET", "maxmemory", "0");
  const after = await quota.reserve(asks("refused", limits));
  expect(after.limits.map(({ remaining }) => remaining)).toEqual([870, 4]);
});

test("amounts are exact up to 2^53 - 1, and stop there", async () => {
  const { quota } = await startTestQuota();
  const windows = [
    { kind: "calendar", limit: largest, period: "month" },
    { kind: "rolling", limit: largest, intervalMs: 2_592_000_000 },
    // One in a year: nothing comes back during the test.
    { kind: "token_bucket", capacity: largest, refill: 1, intervalMs: 31_536_000_000 },
  ] as const;
  for (const [index, window] of windows.entries()) {
    const cost = (amount: number) => ({
      ...tokenLimit(amount, { window }, `limit-${index}`),
      unit: "cost_nano_usd" as const,
    });
    const first = await quota.reserve(asks(`all-but-one-${index}`, [cost(largest - 1)]));
    expect(first).toMatchObject({ granted: true, limits: [{ remaining: 1 }] });
    const two = await quota.reserve(asks(`two-${index}`, [cost(2)]));
    expect(two).toMatchObject({ granted: false, reason: "no_room", limits: [{ remaining: 1 }] });
    const one = await quota.reserve(asks(`one-${index}`, [cost(1)]));
    expect(one).toMatchObject({ granted: true, limits: [{ remaining: 0 }] });
    await quota.settle(first.granted ? first.reservation : "", { cost_nano_usd: largest - 8 });
    const back = await quota.reserve(asks(`seven-${index}`, [cost(7)]));
    expect(back).toMatchObject({ granted: true, limits: [{ remaining: 0 }] });
    await quota.settle(back.granted ? back.reservation : "", { cost_nano_usd: largest });
    const beyond = await quota.reserve(asks(`beyond-${index}`, [cost(0)]));
    expect(beyond).toMatchObject({ granted: false, limits: [{ remaining: 0 }] });
  }
  await expect(quota.reserve(asks("more", [tokenLimit(largest + 1, aDay)]))).rejects.toThrow("2^53 - 1");
});

test("all keys of a partition have its hash tag and a time to live", async () => {
  const { quota, redis } = await startTestQuota();
  const limits = [
    tokenLimit(10, aDay),
    callLimit(5),
    tokenLimit(1, { window: { kind: "calendar", limit: 5, period: "hour" } }, "an hour"),
  ];
  const request = { ...asks("request {1}", limits), partition: "a {b} c" };
  const outcome = await quota.reserve(request);
  await quota.settle(outcome.granted ? outcome.reservation : "", {});
  await quota.reserve({ ...request, reservationId: "open" });
  const keys = await redis.keys("*");
  // Two reservations, three counters, and the holds of each.
  expect(keys).toHaveLength(8);
  for (const key of keys) {
    expect(key).toMatch(/^sluice:quota:\{a%20%7Bb%7D%20c\}:(reservation|counter|holds):[^{}]+$/);
    expect(await redis.pttl(key)).toBeGreaterThan(0);
  }
});

test("a key prefix with braces is refused: they would be the hash tag", async () => {
  const { redis } = await startTestQuota();
  expect(() => createRedisQuota({ redis, keyPrefix: "{one}" })).toThrow("{one} can't have braces");
});

test("a server that has forgotten the scripts is told them again", async () => {
  const { quota, redis } = await startTestQuota();
  await quota.reserve(asks("before", [callLimit(5)]));
  await redis.script("FLUSH");
  expect(await quota.reserve(asks("after", [callLimit(5)]))).toMatchObject({ limits: [{ remaining: 3 }] });
});

test("a settled reservation is forgotten after its time", async () => {
  const { quota } = await startTestQuota({ settledRecordMs: 30 });
  const outcome = await quota.reserve(asks("short", [callLimit(5)]));
  const reservation = outcome.granted ? outcome.reservation : "";
  expect(await quota.cancel(reservation)).toMatchObject({ result: "settled" });
  await expect.poll(async () => (await quota.cancel(reservation)).result).toBe("unknown");
});

test("a request without limits is let on", async () => {
  const { quota, redis } = await startTestQuota();
  const outcome = await quota.reserve(asks("free", []));
  const reservation = outcome.granted ? outcome.reservation : "";
  expect(await quota.settle(reservation, { requests: 1 })).toMatchObject({ result: "settled" });
  expect(await quota.extend(reservation, 10)).toMatchObject({ result: "extended" });
  expect(await redis.dbsize()).toBe(0);
});
