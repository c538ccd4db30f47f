import { SluiceError } from "@sluice/contracts/sluice-error";
import { LocalQuota } from "@sluice/quota/local-quota";
import type { Quota, ReserveRequest } from "@sluice/quota/quota";
import type { Logger } from "@sluice/telemetry/logger";
import { expect, test } from "vitest";
import { LimitStore } from "./limit-store.ts";

const policy = { window: { kind: "rolling", limit: 3, intervalMs: 60_000 } } as const;

/** A store before counters that can be taken away. */
function bench() {
  const state = { isAway: false, nowMs: 1_000_000, asked: 0, log: [] as string[] };
  const shared = new LocalQuota({ now: () => state.nowMs });
  const quota: Quota = {
    reserve: async (request) => {
      state.asked++;
      if (state.isAway) throw new SluiceError("service_unavailable", "Redis is away.");
      return await shared.reserve(request);
    },
    settle: (reservation, used) => shared.settle(reservation, used),
    cancel: (reservation) => shared.cancel(reservation),
    extend: (reservation, ttlMs) => shared.extend(reservation, ttlMs),
    raise: (reservation, amounts) => shared.raise(reservation, amounts),
  };
  const say = (...words: unknown[]) =>
    void state.log.push(words.filter((word) => typeof word === "string").join());
  const logger = { error: say, info: say } as unknown as Logger;
  const store = new LimitStore(quota, logger, () => state.nowMs);
  let number = 0;
  const request = (): ReserveRequest => ({
    partition: "p",
    reservationId: String(number++),
    ttlMs: 30_000,
    limits: [{ id: "l", scope: "all", unit: "requests", amount: 1, policy }],
  });
  return { state, store, reserve: (failsOpen: boolean) => store.reserve(request(), failsOpen) };
}

test("while Redis is away, closed limits refuse and open ones are counted here, with the whole amount", async () => {
  const { state, store, reserve } = bench();
  expect(await reserve(true)).toMatchObject({ isLocal: false, outcome: { granted: true } });
  state.isAway = true;
  await expect(reserve(false)).rejects.toMatchObject({ code: "service_unavailable" });
  expect(store.isAway).toBe(true);
  const answers = [];
  for (let each = 0; each < 4; each++) answers.push(await reserve(true));
  expect(answers.map(({ outcome }) => outcome.granted)).toEqual([true, true, true, false]);
  expect(answers.every(({ isLocal }) => isLocal)).toBe(true);
  // Nobody settles here: what was let on stays counted after the reservation's time.
  state.nowMs += 31_000;
  expect((await reserve(true)).outcome.granted).toBe(false);
});

test("it asks Redis once a second, goes back to it by itself, and says so once each", async () => {
  const { state, store, reserve } = bench();
  state.isAway = true;
  for (let each = 0; each < 3; each++) await reserve(true);
  expect(state.asked).toBe(1);
  state.nowMs += 1000;
  await reserve(true);
  expect(state.asked).toBe(2);
  state.isAway = false;
  state.nowMs += 1000;
  expect((await reserve(true)).isLocal).toBe(false);
  expect(store.isAway).toBe(false);
  expect(state.log).toEqual([
    "Redis does not answer: limits that fail open are counted by this process alone, all others refuse",
    "Redis answers again: limits are counted by all together",
  ]);
});
