import { startTestRedisServer } from "@sluice/servers/testing/test-servers";
import fc from "fast-check";
import type { Redis } from "ioredis";
import { afterAll, beforeAll, expect, test } from "vitest";
import { connectRedis, untilConnected } from "../connect-redis.ts";
import { LocalQuota } from "../local-quota.ts";
import type { Limit, Quota, UsedAmounts } from "../quota.ts";
import { AdmissionOracle } from "../testing/admission-oracle.ts";
import { advanceClock, setClock, tickingClock } from "../testing/ticking-clock.ts";
import { ScriptQuota } from "./script-quota.ts";
import { ScriptRunner } from "./script-runner.ts";
import { quotaScripts } from "./scripts.ts";

const connectionCount = 4;
const recordMs = 10_000_000;
const connections: Redis[] = [];
const quotas: Quota[] = [];
let server: Awaited<ReturnType<typeof startTestRedisServer>>;

beforeAll(async () => {
  server = await startTestRedisServer();
  for (let number = 0; number < connectionCount; number++) {
    const redis = connectRedis({ url: server.url, name: `test-${number}` });
    connections.push(redis);
    await untilConnected(redis, 15_000);
    quotas.push(
      new ScriptQuota({
        runner: new ScriptRunner({ redis, maxUnanswered: 10_000 }),
        scripts: quotaScripts(tickingClock),
        keyPrefix: "test",
        timeoutMs: 15_000,
        settledRecordMs: recordMs,
        expiredRecordMs: recordMs,
      }),
    );
  }
});
afterAll(async () => {
  for (const redis of connections) redis.disconnect();
  await server.stop();
});

const limits: Limit[] = [
  limit("bucket", "total_tokens", { window: { kind: "token_bucket", capacity: 500, intervalMs: 400 } }),
  limit("slow-bucket", "output_tokens", {
    window: { kind: "token_bucket", capacity: 300, refill: 7, intervalMs: 90 },
    unsettled: "count",
    warnAt: 0.5,
  }),
  limit("second", "requests", { window: { kind: "calendar", limit: 9, period: "second" } }),
  limit("hour", "cost_nano_usd", {
    window: { kind: "calendar", limit: 3_000, period: "hour", timeZone: "Asia/Kolkata" },
    warnAt: 0.8,
  }),
  limit("rolling", "input_tokens", { window: { kind: "rolling", limit: 800, intervalMs: 700 } }),
  limit("counted", "input_tokens", {
    window: { kind: "rolling", limit: 900, intervalMs: 1000 },
    unsettled: "count",
  }),
  limit("open", "concurrent_calls", { window: { kind: "concurrent", limit: 4 } }),
  limit("trial", "total_tokens", {
    window: { kind: "token_bucket", capacity: 200, intervalMs: 300 },
    mode: "shadow",
    warnAt: 0.9,
  }),
  limit("trial-open", "concurrent_calls", { window: { kind: "concurrent", limit: 2 }, mode: "shadow" }),
];

function limit(id: string, unit: Limit["unit"], policy: Limit["policy"]): Limit {
  return { id, scope: "team:search", unit, amount: unit === "concurrent_calls" ? 1 : 0, policy };
}

const amountArbitraries = {
  requests: fc.nat({ max: 2 }),
  input_tokens: fc.nat({ max: 250 }),
  output_tokens: fc.nat({ max: 200 }),
  total_tokens: fc.nat({ max: 250 }),
  cost_nano_usd: fc.nat({ max: 400 }),
};
const usedArbitrary: fc.Arbitrary<UsedAmounts> = fc.record(amountArbitraries, { requiredKeys: [] });
/** Always of a unit that the reservation counts, be it one that was never made: what changes nothing is not asked. */
const raisedArbitrary: fc.Arbitrary<UsedAmounts> = fc.record(amountArbitraries, {
  requiredKeys: ["requests"],
});
const reservationNumber = fc.nat({ max: 40 });
const operationArbitrary = fc.record({
  connection: fc.nat({ max: connectionCount - 1 }),
  action: fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({
        name: fc.constant("reserve" as const),
        number: reservationNumber,
        chosen: fc.subarray(limits, { minLength: 1 }),
        amount: fc.oneof(fc.nat({ max: 120 }), fc.nat({ max: 600 })),
        ttlMs: fc.integer({ min: 1, max: 400 }),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        name: fc.constant("settle" as const),
        number: reservationNumber,
        used: usedArbitrary,
      }),
    },
    { weight: 1, arbitrary: fc.record({ name: fc.constant("cancel" as const), number: reservationNumber }) },
    {
      weight: 3,
      arbitrary: fc.record({
        name: fc.constant("raise" as const),
        number: reservationNumber,
        used: raisedArbitrary,
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        name: fc.constant("extend" as const),
        number: reservationNumber,
        ttlMs: fc.integer({ min: 1, max: 600 }),
      }),
    },
  ),
});
type Operation = (typeof operationArbitrary extends fc.Arbitrary<infer Value> ? Value : never)["action"];
const batchArbitrary = fc.record({
  /** How far the clock goes on before the batch. */
  advanceMs: fc.oneof(fc.constant(0), fc.nat({ max: 80 }), fc.nat({ max: 1500 })),
  operations: fc.array(operationArbitrary, { minLength: 1, maxLength: 40, size: "max" }),
});

/** What one call does to a quota, with the tokens that earlier batches brought. */
function call(quota: Quota, partition: string, operation: Operation, tokens: ReadonlyMap<number, string>) {
  const unknown = `${partition} never-made team%3Asearch/second/requests/second-UTC`;
  switch (operation.name) {
    case "reserve":
      return quota.reserve({
        partition,
        reservationId: `request ${operation.number}`,
        limits: operation.chosen.map((chosen) => ({ ...chosen, amount: amountOf(chosen, operation.amount) })),
        ttlMs: operation.ttlMs,
      });
    case "settle":
      return quota.settle(tokens.get(operation.number) ?? unknown, operation.used);
    case "cancel":
      return quota.cancel(tokens.get(operation.number) ?? unknown);
    case "raise":
      return quota.raise(tokens.get(operation.number) ?? unknown, operation.used);
    case "extend":
      return quota.extend(tokens.get(operation.number) ?? unknown, operation.ttlMs);
  }
}

function amountOf({ unit, amount }: Limit, size: number): number {
  if (unit === "concurrent_calls") return amount;
  return unit === "requests" ? 1 : size;
}

let runs = 0;

test("whatever calls come at the same time, each is answered as if they had come one after the other", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(batchArbitrary, { minLength: 1, maxLength: 12, size: "max" }),
      async (batches) => {
        const partition = `run-${runs++}`;
        let nowMs = 0;
        const model = new LocalQuota({
          now: () => nowMs,
          settledRecordMs: recordMs,
          expiredRecordMs: recordMs,
        });
        const oracle = new AdmissionOracle();
        const tokens = new Map<number, string>();
        const [first] = connections as [Redis];
        await setClock(first, Date.UTC(2026, 9, 25));
        for (const { advanceMs, operations } of batches) {
          await advanceClock(first, advanceMs);
          const answered = await Promise.all(
            operations.map(async ({ connection, action }) => {
              const answer = await call(quotas[connection] as Quota, partition, action, tokens);
              return { action, answer };
            }),
          );
          // The clock has gone on with each script, so the times are the order in which they ran.
          answered.sort((one, other) => one.answer.atMs - other.answer.atMs);
          const tokensBefore = new Map(tokens);
          for (const { action, answer } of answered) {
            nowMs = answer.atMs;
            expect(answer).toEqual(await call(model, partition, action, tokensBefore));
            if ("granted" in answer && answer.granted) tokens.set(action.number, answer.reservation);
            oracle.observe(action, answer, amountOf);
          }
        }
        // Nobody settles any more: all that was held comes back.
        nowMs += 100 * 3_600_000;
        await setClock(first, nowMs);
        const probe = { partition, reservationId: "afterwards", limits, ttlMs: 1 };
        const left = await (quotas[0] as Quota).reserve(probe);
        expect(left.limits.map(({ remaining }) => remaining)).toEqual([
          500, 300, 9, 3_000, 800, 900, 3, 200, 1,
        ]);
      },
    ),
    // The seed is in the message of a failure; shortening what failed has its time.
    { numRuns: 100, interruptAfterTimeLimit: 60_000 },
  );
}, 120_000);
