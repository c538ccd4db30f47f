import { expect, test } from "vitest";
import { formatNumber, formatSamples } from "./format-figure.ts";
import { median, summarize } from "./median.ts";

test.each([
  [[3], 3],
  [[3, 1, 2], 2],
  [[4, 1, 3, 2], 2.5],
])("the median of %j is %d", (values, expected) => {
  expect(median(values)).toBe(expected);
});

test("nothing has no median", () => {
  expect(median([])).toBeNaN();
});

test("a summary has the lowest and the highest", () => {
  expect(summarize([5, 1, 9])).toEqual({ median: 5, min: 1, max: 9 });
});

test("several values are written with their range, one without", () => {
  expect(formatSamples([1000, 3000, 2000], 0)).toBe("**2,000** (1,000–3,000)");
  expect(formatSamples([1.234], 2)).toBe("**1.23**");
  expect(formatSamples(undefined, 0)).toBe("–");
  expect(formatNumber(Number.NaN, 0)).toBe("–");
});
