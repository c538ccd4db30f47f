import { expect, test } from "vitest";
import { RestartDelay, stableAfterMs } from "./restart-delay.ts";

test("pauses grow from 200 ms to 10 s", () => {
  const delay = new RestartDelay();
  expect(Array.from({ length: 8 }, () => delay.afterEnd(0))).toEqual([
    200, 400, 800, 1600, 3200, 6400, 10_000, 10_000,
  ]);
});

test("a process that ran long enough begins anew", () => {
  const delay = new RestartDelay();
  delay.afterEnd(0);
  delay.afterEnd(0);
  expect(delay.afterEnd(stableAfterMs)).toBe(200);
  expect(delay.afterEnd(stableAfterMs - 1)).toBe(400);
});
