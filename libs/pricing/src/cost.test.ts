import type { Price, TokenRates } from "@sluice/contracts/price";
import { noUsage } from "@sluice/contracts/usage";
import fc from "fast-check";
import { expect, test } from "vitest";
import { costOf } from "./cost.ts";
import { usageArbitrary } from "./testing/usage-arbitrary.ts";

function priceWith(usdPerMillionTokens: TokenRates, usdPerRequest?: string): Price {
  const price: Price = { source: "configuration", model: "any", usdPerMillionTokens };
  return usdPerRequest === undefined ? price : { ...price, usdPerRequest };
}

const decimalRate = fc
  .tuple(fc.nat({ max: 999 }), fc.nat({ max: 999_999 }))
  .map(([whole, fraction]) => `${whole}.${fraction.toString().padStart(6, "0")}`);
const anyRates = fc.record({
  input: decimalRate,
  cachedInput: decimalRate,
  cacheWriteInput: decimalRate,
  cacheWriteOneHourInput: decimalRate,
  inputAudio: decimalRate,
  cachedInputAudio: decimalRate,
  output: decimalRate,
  reasoning: decimalRate,
  outputAudio: decimalRate,
});

test("a decimal that floats can't hold is exact", () => {
  // 0.1 + 0.2 dollars a million: 3 million tokens in, 3 million out.
  const usage = { ...noUsage, inputTokens: 3_000_000, outputTokens: 3_000_000 };
  expect(costOf(usage, priceWith({ input: "0.1", output: "0.2" }), "chat")).toBe(900_000_000n);
});

test.each([
  // 37.5 nano-dollars a token.
  [1, 38n], // 37.5: half, to the even neighbour 38
  [3, 112n], // 112.5: half, to the even neighbour 112
  [2, 75n],
  [5, 188n], // 187.5 to 188
])("%i tokens at 37.5 nano-dollars are rounded once, half to even: %s", (inputTokens, expected) => {
  expect(costOf({ ...noUsage, inputTokens }, priceWith({ input: "0.0375" }), "embeddings")).toBe(expected);
});

test("rounding comes after adding up, not per kind", () => {
  // 0.4 + 0.4 nano-dollars are 0.8, so 1; rounded apart they would be 0.
  const usage = { ...noUsage, inputTokens: 1, outputTokens: 1 };
  expect(costOf(usage, priceWith({ input: "0.0004", output: "0.0004" }), "chat")).toBe(1n);
});

test("a charge per request is added to the tokens", () => {
  expect(costOf({ ...noUsage, inputTokens: 10 }, priceWith({ input: "1" }, "0.005"), "chat")).toBe(
    5_010_000n,
  );
});

test.each([
  ["output without a rate", { ...noUsage, outputTokens: 1 }, { input: "1" }],
  ["input without a rate", { ...noUsage, inputTokens: 1 }, { output: "1" }],
  ["audio with no rate to stand in", { ...noUsage, inputTokens: 1, inputAudioTokens: 1 }, { output: "1" }],
])("%s has no cost, not the cost 0", (_name, usage, rates) => {
  expect(costOf(usage, priceWith(rates), "chat")).toBeUndefined();
});

test("a kind without its own rate takes the next wider one", () => {
  const usage = {
    ...noUsage,
    inputTokens: 100,
    cachedInputTokens: 10,
    cacheWriteInputTokens: 20,
    cacheWriteOneHourInputTokens: 5,
    inputAudioTokens: 7,
    outputTokens: 50,
    reasoningTokens: 20,
    outputAudioTokens: 3,
  };
  expect(costOf(usage, priceWith({ input: "2", output: "3" }), "chat")).toBe(100n * 2000n + 50n * 3000n);
  expect(costOf(usage, priceWith({ input: "2", cacheWriteInput: "4", output: "3" }), "chat")).toBe(
    80n * 2000n + 20n * 4000n + 50n * 3000n,
  );
});

test("a cost is never negative, and more output never costs less", () => {
  fc.assert(
    fc.property(usageArbitrary, anyRates, fc.nat({ max: 1000 }), (usage, rates, more) => {
      const cost = costOf(usage, priceWith(rates), "chat") ?? -1n;
      const longer = { ...usage, outputTokens: usage.outputTokens + more };
      expect(cost).toBeGreaterThanOrEqual(0n);
      expect(costOf(longer, priceWith(rates), "chat") ?? -1n).toBeGreaterThanOrEqual(cost);
    }),
  );
});

test("two calls together cost what they cost apart, but for the two roundings", () => {
  fc.assert(
    fc.property(fc.nat({ max: 1_000_000 }), fc.nat({ max: 1_000_000 }), anyRates, (first, second, rates) => {
      const price = priceWith(rates);
      const cost = (outputTokens: number) => costOf({ ...noUsage, outputTokens }, price, "chat") ?? -1n;
      const difference = cost(first + second) - cost(first) - cost(second);
      expect(difference).toBeGreaterThanOrEqual(-1n);
      expect(difference).toBeLessThanOrEqual(1n);
    }),
  );
});

test("the cost is within half a nano-dollar of the exact one", () => {
  fc.assert(
    fc.property(
      fc.nat({ max: 9_000_000_000 }),
      fc.nat({ max: 999_999_999 }),
      (inputTokens, rateInTrillionths) => {
        const rate = `0.${rateInTrillionths.toString().padStart(12, "0")}`;
        const cost = costOf({ ...noUsage, inputTokens }, priceWith({ input: rate }), "chat") ?? -1n;
        // In units of 10⁻⁹ nano-dollars both sides are whole numbers.
        const exact = BigInt(inputTokens) * BigInt(rateInTrillionths);
        const error = cost * 1_000_000_000n - exact;
        expect(error).toBeLessThanOrEqual(500_000_000n);
        expect(error).toBeGreaterThanOrEqual(-500_000_000n);
      },
    ),
  );
});
