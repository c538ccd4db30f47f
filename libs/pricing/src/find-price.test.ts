import type { Operation } from "@sluice/contracts/dialect-name";
import { noUsage, type Usage } from "@sluice/contracts/usage";
import { expect, test } from "vitest";
import { costOf as costAt } from "./cost.ts";
import { findPrice, type PriceQuestion } from "./find-price.ts";
import type { PriceOverride } from "./price-overrides.ts";

const question: PriceQuestion = {
  backend: "main",
  provider: "openai",
  model: "gpt-5-mini",
  atMs: Date.UTC(2026, 5, 1),
};
const million = { ...noUsage, inputTokens: 1_000_000 };

interface Call extends PriceQuestion {
  usage: Usage;
  operation: Operation;
}

function costOf(changes: Partial<Call>, overrides?: PriceOverride[]): bigint | "unpriced" {
  const { usage = million, operation = "chat", ...changed } = changes;
  const price = findPrice({ ...question, ...changed, inputTokens: usage.inputTokens }, overrides);
  return (price === undefined ? undefined : costAt(usage, price, operation)) ?? "unpriced";
}

// Worked out by hand: tokens × dollars per million × 1000 nano-dollars.
test("OpenAI: cached input is cheaper, reasoning is output", () => {
  const usage = {
    ...noUsage,
    inputTokens: 1234,
    cachedInputTokens: 1024,
    outputTokens: 567,
    reasoningTokens: 512,
  };
  // 210 × 250 + 1024 × 25 + 567 × 2000
  expect(costOf({ usage })).toBe(52_500n + 25_600n + 1_134_000n);
});

test("Anthropic: cache writes of five minutes and of an hour are dearer than input, reads cheaper", () => {
  const usage = {
    ...noUsage,
    inputTokens: 10_000,
    cachedInputTokens: 4000,
    cacheWriteInputTokens: 3000,
    cacheWriteOneHourInputTokens: 1000,
    outputTokens: 100,
  };
  // claude-haiku-4-5: 3000 × 1000 + 4000 × 100 + 2000 × 1250 + 1000 × 2000 + 100 × 5000
  expect(costOf({ provider: "anthropic", model: "claude-haiku-4-5-20251001", usage })).toBe(
    3_000_000n + 400_000n + 2_500_000n + 2_000_000n + 500_000n,
  );
});

test("Gemini: a long context changes the price of all tokens, audio has its own", () => {
  const long = { ...noUsage, inputTokens: 200_001, cachedInputTokens: 1, outputTokens: 1 };
  // gemini-2.5-pro above 200,000: 200,000 × 2500 + 1 × 250 + 1 × 15,000
  expect(costOf({ provider: "gemini", model: "gemini-2.5-pro", usage: long })).toBe(500_015_250n);
  const audio = { ...noUsage, inputTokens: 100, inputAudioTokens: 60, outputTokens: 10 };
  // gemini-2.5-flash: 40 × 300 + 60 × 1000 + 10 × 2500
  expect(costOf({ provider: "gemini", model: "gemini-2.5-flash", usage: audio })).toBe(97_000n);
});

test("embeddings: input only", () => {
  const usage = { ...noUsage, inputTokens: 8 };
  // text-embedding-3-small: 8 × 20
  expect(costOf({ model: "text-embedding-3-small", operation: "embeddings", usage })).toBe(160n);
});

test("no tokens at a known price cost nothing; at an unknown price nobody knows", () => {
  expect(costOf({ usage: noUsage })).toBe(0n);
  expect(costOf({ usage: noUsage, model: "no-such-model" })).toBe("unpriced");
});

test("the model of the reply is billed; the model asked for stands in where the book doesn't know it", () => {
  expect(costOf({ model: "router-alias", responseModel: "gpt-5-mini-2025-08-07" })).toBe(250_000_000n);
  expect(costOf({ model: "gpt-5-mini", responseModel: "build-4711" })).toBe(250_000_000n);
});

test("a price of the configuration stands before the book's", () => {
  const override: PriceOverride = {
    model: "gpt-5*",
    from: "2026-01-01",
    usdPerMillionTokens: { input: "7.5" },
  };
  expect(findPrice({ ...question, inputTokens: 1 }, [override])).toEqual({
    source: "configuration",
    model: "gpt-5*",
    from: "2026-01-01",
    usdPerMillionTokens: { input: "7.5" },
  });
  expect(costOf({}, [override])).toBe(7_500_000_000n);
});

test("the first price of the configuration that fits backend, model and time counts", () => {
  const overrides: PriceOverride[] = [
    { model: "gpt-5-mini", backend: "other", usdPerMillionTokens: { input: "1" } },
    { model: "gpt-5-mini", from: "2026-06-02", usdPerMillionTokens: { input: "2" } },
    { model: "gpt-5", usdPerMillionTokens: { input: "3" } },
    { model: "gpt-*", usdPerMillionTokens: { input: "4" } },
    { model: "*", usdPerMillionTokens: { input: "5" } },
  ];
  expect(costOf({}, overrides)).toBe(4_000_000_000n);
  expect(costOf({ backend: "other" }, overrides)).toBe(1_000_000_000n);
  expect(costOf({ atMs: Date.UTC(2026, 5, 2) }, overrides)).toBe(2_000_000_000n);
  expect(costOf({ model: "llama" }, overrides)).toBe(5_000_000_000n);
});

test("a price of the configuration without an output rate leaves output unpriced, not free", () => {
  const usage = { ...noUsage, inputTokens: 1, outputTokens: 1 };
  expect(costOf({ usage }, [{ model: "*", usdPerMillionTokens: { input: "1" } }])).toBe("unpriced");
});
