import type { Price } from "@sluice/contracts/price";
import type { ReservedRoom } from "@sluice/contracts/reserved-room";
import { SluiceError } from "@sluice/contracts/sluice-error";
import { noUsage } from "@sluice/contracts/usage";
import { LocalQuota } from "@sluice/quota/local-quota";
import type { Limit, UsedAmounts } from "@sluice/quota/quota";
import { afterEach, expect, test, vi } from "vitest";
import { StreamRoom, stepTokens } from "./stream-room.ts";

afterEach(() => {
  vi.useRealTimers();
});

/** Ten dollars a million output tokens: 10,000 nano-dollars each. */
const price: Price = {
  source: "configuration",
  model: "m",
  usdPerMillionTokens: { input: "0", output: "10" },
};

interface Bench {
  room: StreamRoom;
  /** What was asked for, and what was told. */
  asked: UsedAmounts[];
  cuts: string[];
  wouldCut: string[];
  state: { isAway: boolean };
  /** Gives one more token a piece, until so many are given. @returns how many were when it was cut off, if it was */
  give(tokens: number): Promise<number | undefined>;
}

/** A stream whose request has reserved 100 output tokens, in a quota of its own. */
async function bench(
  limits: readonly (Pick<Limit, "id" | "unit" | "amount"> & { limit: number; mode?: "shadow" })[],
  { failure = "closed", count }: { failure?: ReservedRoom["failure"]; count?: (text: string) => number } = {},
): Promise<Bench> {
  const quota = new LocalQuota();
  const outcome = await quota.reserve({
    partition: "p",
    reservationId: "r",
    ttlMs: 60_000,
    limits: limits.map(({ limit, mode, ...each }) => ({
      ...each,
      scope: "all",
      policy: {
        window: { kind: "calendar", limit, period: "month" },
        ...(mode === undefined ? {} : { mode }),
      },
    })),
  });
  if (!outcome.granted) throw new Error("there is no room");
  const amountOf = (unit: Limit["unit"]) => limits.find((each) => each.unit === unit)?.amount;
  const state = { isAway: false };
  const [asked, cuts, wouldCut]: [UsedAmounts[], string[], string[]] = [[], [], []];
  const room = new StreamRoom({
    room: {
      outputTokens: amountOf("output_tokens"),
      totalTokens: amountOf("total_tokens"),
      costNanoUsd: amountOf("cost_nano_usd"),
      failure,
    },
    before: { input: 0, output: 0, costNanoUsd: 0n },
    operation: "chat",
    price,
    inputTokens: 20,
    raise: async (amounts) => {
      asked.push(Object.fromEntries(Object.entries(amounts).filter(([, amount]) => amount !== undefined)));
      if (state.isAway) throw new SluiceError("service_unavailable", "Redis is away.");
      return await quota.raise(outcome.reservation, amounts);
    },
    prepareToCount: () => undefined,
    count: (text) => Promise.resolve(count?.(text)),
    onCut: (limit) => cuts.push(limit),
    onWouldCut: (names) => wouldCut.push(...names),
  });
  let text = "";
  const give = async (tokens: number): Promise<number | undefined> => {
    for (let number = text.length / 4 + 1; number <= tokens; number++) {
      text += "abcd";
      try {
        await room.passed({ outputText: text, outputChars: text.length, usage: undefined });
        // The answer of a quota in memory is there before the next piece.
        await Promise.resolve();
        for (let turn = 0; turn < 10; turn++) await Promise.resolve();
      } catch (error) {
        expect(error).toBeInstanceOf(SluiceError);
        return number - 1;
      }
    }
    return undefined;
  };
  return { room, asked, cuts, wouldCut, state, give };
}

test("nothing is asked while a stream stays within what is reserved, and then a step at a time", async () => {
  const { asked, give } = await bench([{ id: "l", unit: "output_tokens", amount: 100, limit: 10_000 }]);
  await give(100);
  expect(asked).toEqual([]);
  await give(101 + stepTokens);
  expect(asked).toEqual([{ output_tokens: 101 + stepTokens }]);
  await give(102 + stepTokens);
  expect(asked.at(-1)).toEqual({ output_tokens: 102 + 2 * stepTokens });
});

test("a stream is cut off where a limit has no room for the few tokens that are asked for at last", async () => {
  const { asked, cuts, give, room } = await bench([
    { id: "day", unit: "total_tokens", amount: 120, limit: 900 },
    { id: "budget", unit: "cost_nano_usd", amount: 1_000_000, limit: 7_000_000 },
  ]);
  // 613 with the first step, 64 more: the 700 that the budget is for are not all used, and never more than they.
  expect(await give(2000)).toBe(679);
  expect(cuts).toEqual(["budget"]);
  expect(asked.at(-1)).toEqual({ total_tokens: 763, cost_nano_usd: 7_430_000 });
  expect(() => room.passed({ outputText: "", outputChars: 0, usage: undefined })).toThrow(
    expect.objectContaining({
      code: "budget_exceeded",
      message: "The reply was cut off: the limit budget is reached.",
    }),
  );
});

test("of tokens it is rate_limited, with the time until there is room", async () => {
  const { room, give } = await bench([{ id: "few", unit: "output_tokens", amount: 100, limit: 100 }]);
  expect(await give(200)).toBe(101);
  expect(() => room.passed({ outputText: "", outputChars: 0, usage: undefined })).toThrow(
    expect.objectContaining({ code: "rate_limited", retryAfterMs: expect.any(Number) }),
  );
});

test("a shadow limit cuts nothing off and says what it would have", async () => {
  const { give, cuts, wouldCut } = await bench([
    { id: "trial", unit: "output_tokens", amount: 100, limit: 100, mode: "shadow" },
  ]);
  expect(await give(700)).toBeUndefined();
  expect(cuts).toEqual([]);
  expect(wouldCut).toEqual(["trial", "trial"]);
});

test("without Redis a closed limit cuts off after a while, a step further at most, and an open one lets it go on", async () => {
  vi.useFakeTimers();
  const limits = [{ id: "l", unit: "output_tokens", amount: 100, limit: 10_000 } as const];
  const closed = await bench(limits);
  closed.state.isAway = true;
  const cut = closed.give(5000);
  await vi.advanceTimersByTimeAsync(5000);
  expect(await cut).toBe(100 + stepTokens);
  expect(closed.asked).toHaveLength(4);
  const open = await bench(limits, { failure: "open" });
  open.state.isAway = true;
  expect(await open.give(1000)).toBeUndefined();
});

test("a stream that is faster than the answer waits once it is a step ahead", async () => {
  const { room } = await bench([{ id: "l", unit: "output_tokens", amount: 100, limit: 10_000 }]);
  const piece = (tokens: number) =>
    room.passed({ outputText: "abcd".repeat(tokens), outputChars: tokens * 4, usage: undefined });
  expect(piece(101)).toBeUndefined();
  expect(piece(100 + stepTokens)).toBeUndefined();
  const waits = piece(101 + stepTokens);
  expect(waits).toBeInstanceOf(Promise);
  await waits;
});

test("what the provider has reported goes before what was estimated", async () => {
  const { room, asked } = await bench([{ id: "l", unit: "total_tokens", amount: 120, limit: 10_000 }]);
  const usage = { ...noUsage, inputTokens: 119, outputTokens: 2 };
  expect(room.passed({ outputText: "a", outputChars: 1, usage })).toBeUndefined();
  expect(asked).toEqual([{ total_tokens: 121 + stepTokens }]);
});

test("before a stream is cut off its tokens are counted: it goes on where they are fewer than was estimated", async () => {
  const limits = [{ id: "few", unit: "output_tokens", amount: 100, limit: 100 } as const];
  // Four characters are taken for a token, and are half of one.
  const { give, cuts } = await bench(limits, { count: (text) => text.length / 8 });
  expect(await give(1000)).toBe(201);
  expect(cuts).toEqual(["few"]);
});
