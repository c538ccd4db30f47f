import { expect, test } from "vitest";
import { StreamClock } from "./stream-clock.ts";
import { StreamProgress } from "./stream-progress.ts";

test("what the stream had at a look without anything waiting is booked", () => {
  const progress = new StreamProgress();
  progress.observe({ lastSequence: 10, bookedSequence: 10 }, 1000);
  expect(progress.bookedUntilMs).toBe(1000);
});

test("under load, all of before an earlier look is booked once the ledger has come to where the stream was then", () => {
  const progress = new StreamProgress();
  progress.observe({ lastSequence: 10, bookedSequence: 4 }, 1000);
  progress.observe({ lastSequence: 20, bookedSequence: 9 }, 2000);
  expect(progress.bookedUntilMs).toBeUndefined();
  progress.observe({ lastSequence: 30, bookedSequence: 12 }, 3000);
  expect(progress.bookedUntilMs).toBe(1000);
  progress.observe({ lastSequence: 40, bookedSequence: 30 }, 4000);
  expect(progress.bookedUntilMs).toBe(3000);
});

test("a stream that was made anew is followed from its new beginning", () => {
  const progress = new StreamProgress();
  progress.observe({ lastSequence: 1000, bookedSequence: 900 }, 1000);
  progress.observe({ lastSequence: 5, bookedSequence: 1 }, 2000);
  progress.observe({ lastSequence: 9, bookedSequence: 5 }, 3000);
  expect(progress.bookedUntilMs).toBe(2000);
});

test("nothing is known while the stream's time is not", () => {
  const progress = new StreamProgress();
  progress.observe({ lastSequence: 0, bookedSequence: 0 }, undefined);
  expect(progress.bookedUntilMs).toBeUndefined();
});

test("the stream's clock is the best that can be said of it, and never ahead of it", () => {
  let elapsedMs = 500;
  const clock = new StreamClock(() => elapsedMs);
  expect(clock.nowMs()).toBeUndefined();
  clock.observe(10_000);
  elapsedMs += 100;
  expect(clock.nowMs()).toBe(10_100);
  // Read late: it says less than what is known.
  clock.observe(10_050);
  expect(clock.nowMs()).toBe(10_100);
  clock.observe(10_130);
  elapsedMs += 5;
  expect(clock.nowMs()).toBe(10_135);
});
