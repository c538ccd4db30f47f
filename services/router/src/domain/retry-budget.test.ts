import { expect, test } from "vitest";
import { RetryBudget } from "./retry-budget.ts";

function takeAll(budget: RetryBudget): number {
  let taken = 0;
  while (budget.take()) taken++;
  return taken;
}

test("a fifth of the calls of the last ten seconds may be repeated, and 10 a second at least", () => {
  let nowMs = 0;
  const budget = new RetryBudget(() => nowMs);
  expect(takeAll(budget)).toBe(100);
  for (let call = 0; call < 1000; call++) budget.called();
  expect(takeAll(budget)).toBe(200);
  nowMs = 9_999;
  expect(takeAll(budget)).toBe(0);
  nowMs = 10_000;
  expect(takeAll(budget)).toBe(100);
});
