import { expect, test } from "vitest";
import { percentile, timesOf } from "./percentile.ts";

test("a percentile is a value that was seen, by nearest rank", () => {
  const values = Float64Array.from([1, 2, 3, 4]);
  expect([0.25, 0.5, 0.51, 0.99, 1].map((share) => percentile(values, share))).toEqual([1, 2, 3, 4, 4]);
});

test("the order of the values does not matter", () => {
  expect(timesOf([30, 1, 2])).toEqual({ p50: 2, p90: 30, p99: 30, max: 30 });
});

test("without values all times are 0", () => {
  expect(timesOf([])).toEqual({ p50: 0, p90: 0, p99: 0, max: 0 });
});
