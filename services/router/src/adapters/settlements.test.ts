import { SluiceError } from "@sluice/contracts/sluice-error";
import { LocalQuota } from "@sluice/quota/local-quota";
import type { Quota } from "@sluice/quota/quota";
import type { Logger } from "@sluice/telemetry/logger";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Settlements } from "./settlements.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const policy = { window: { kind: "calendar", limit: 1000, period: "month" } } as const;

function bench() {
  const shared = new LocalQuota();
  const state = { isAway: false, log: [] as string[], waiting: () => 0 };
  const unlessAway = <Args extends unknown[], Result>(work: (...args: Args) => Promise<Result>) => {
    return async (...args: Args): Promise<Result> => {
      if (state.isAway) throw new SluiceError("service_unavailable", "Redis is away.");
      return await work(...args);
    };
  };
  const quota: Pick<Quota, "settle" | "cancel" | "extend" | "raise"> = {
    settle: unlessAway((reservation, used) => shared.settle(reservation, used)),
    cancel: unlessAway((reservation) => shared.cancel(reservation)),
    extend: unlessAway((reservation, ttlMs) => shared.extend(reservation, ttlMs)),
    raise: unlessAway((reservation, amounts) => shared.raise(reservation, amounts)),
  };
  const say = (...words: unknown[]) =>
    void state.log.push(words.filter((word) => typeof word === "string").join());
  const logger = { error: say, info: say, warn: say } as unknown as Logger;
  const settlements = new Settlements({
    quota,
    logger,
    metrics: {
      observedGauge: (_name, _description, _unit, observe) => {
        state.waiting = () => {
          let seen = 0;
          observe((value) => {
            seen = value;
          });
          return seen;
        };
      },
    },
  });
  const reserve = async (id: string, amount: number) => {
    const limits = [{ id: "budget", scope: "all", unit: "total_tokens", amount, policy } as const];
    const outcome = await shared.reserve({ partition: "p", reservationId: id, limits, ttlMs: 30_000 });
    if (!outcome.granted) throw new Error("there is no room");
    return outcome;
  };
  return { state, settlements, reserve };
}

test("what was used while Redis is away is settled once it is back, be its reservation expired", async () => {
  const { state, settlements, reserve } = bench();
  const [one, two] = [await reserve("one", 300), await reserve("two", 300)];
  state.isAway = true;
  settlements.extend(one.reservation, 60_000);
  settlements.settle(one.reservation, { total_tokens: 250 });
  settlements.settle(two.reservation, undefined);
  await vi.advanceTimersByTimeAsync(120_000);
  expect(state.waiting()).toBe(2);
  state.isAway = false;
  await vi.advanceTimersByTimeAsync(1000);
  expect(state.waiting()).toBe(0);
  expect((await reserve("after", 0)).limits[0]?.remaining).toBe(750);
  expect(state.log).toEqual([
    "Redis does not answer: what was used of limits waits to be settled",
    "Redis answers again: what was used of limits is settled",
  ]);
});

test("what still waits at the end is tried once more, and its loss is said", async () => {
  const { state, settlements, reserve } = bench();
  const { reservation } = await reserve("one", 300);
  state.isAway = true;
  settlements.settle(reservation, { total_tokens: 250 });
  await vi.advanceTimersByTimeAsync(0);
  await settlements.close();
  expect(state.log.at(-1)).toBe(
    "reservations could not be settled before the end; they end by themselves, unused",
  );
});

test("what is under way when the router ends is waited for", async () => {
  const { promise, resolve } = Promise.withResolvers<never>();
  const settlements = new Settlements({
    quota: {
      settle: () => promise,
      cancel: () => promise,
      extend: () => promise,
      raise: () => promise,
    },
    logger: { warn: () => undefined } as unknown as Logger,
    metrics: { observedGauge: () => undefined },
  });
  let isClosed = false;
  settlements.settle("one", undefined);
  const closing = settlements.close().then(() => {
    isClosed = true;
  });
  await vi.advanceTimersByTimeAsync(1);
  expect(isClosed).toBe(false);
  resolve(undefined as never);
  await closing;
  expect(isClosed).toBe(true);
});
