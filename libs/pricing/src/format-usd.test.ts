import fc from "fast-check";
import { expect, test } from "vitest";
import { formatUsd } from "./format-usd.ts";

test.each([
  [0n, "0"],
  [1n, "0.000000001"],
  [1_500_000_000n, "1.5"],
  [1_000_000_000n, "1"],
  [123_456_789_012_345_678_901n, "123456789012.345678901"],
  [-2_500_000n, "-0.0025"],
])("%s nano-dollars are %s dollars", (nanoUsd, expected) => {
  expect(formatUsd(nanoUsd)).toBe(expected);
});

test("no amount is changed by being written down", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }), (nanoUsd) => {
      const [dollars = "", fraction = ""] = formatUsd(nanoUsd).split(".");
      expect(BigInt(dollars + fraction.padEnd(9, "0"))).toBe(nanoUsd);
    }),
  );
});
