import { findProvider } from "@pydantic/genai-prices";
import { priceSchema } from "@sluice/contracts/price";
import { expect, test } from "vitest";
import { findBookPrice, findBookPriceById, type PriceBookQuestion } from "./price-book.ts";
import { priceInTiers } from "./price-tiers.ts";

const atMs = Date.UTC(2026, 5, 1);

function bookPrice({ inputTokens = 1, ...question }: PriceBookQuestion & { inputTokens?: number }) {
  const tiers = findBookPrice(question);
  return tiers === undefined ? undefined : priceInTiers(tiers, inputTokens);
}

test("a model is found under its dated name too", () => {
  expect(bookPrice({ provider: "openai", model: "gpt-5-mini-2025-08-07", atMs })).toEqual({
    source: "price_book",
    provider: "openai",
    model: "gpt-5-mini",
    usdPerMillionTokens: { input: "0.25", cachedInput: "0.025", output: "2" },
  });
});

test("the provider gemini is the book's google", () => {
  expect(bookPrice({ provider: "gemini", model: "gemini-2.5-flash", atMs })).toMatchObject({
    provider: "google",
    usdPerMillionTokens: { input: "0.3", inputAudio: "1", cachedInputAudio: "0.1", output: "2.5" },
  });
});

test.each([
  ["an unknown model", "openai", "no-such-model"],
  ["an unknown provider", "no-such-provider", "gpt-5-mini"],
  ["a provider whose name only contains a known one", "my-openai-proxy", "gpt-5-mini"],
])("%s has no price", (_name, provider, model) => {
  expect(bookPrice({ provider, model, atMs })).toBeUndefined();
});

test.each([
  [200_000, "1.25", "10"],
  [200_001, "2.5", "15"],
])("with %i input tokens gemini-2.5-pro costs %s and %s", (inputTokens, input, output) => {
  const price = bookPrice({ provider: "gemini", model: "gemini-2.5-pro", atMs, inputTokens });
  expect(price?.usdPerMillionTokens).toMatchObject({ input, output });
});

test.each([
  [Date.UTC(2025, 5, 9, 23, 59), "10"],
  [Date.UTC(2025, 5, 10), "2"],
])("at %i o3 costs %s: prices have effective dates", (at, input) => {
  const price = bookPrice({ provider: "openai", model: "o3", atMs: at });
  expect(price?.usdPerMillionTokens.input).toBe(input);
});

test("a charge per request is carried as dollars per request", () => {
  const price = bookPrice({ provider: "perplexity", model: "sonar", atMs });
  expect(price?.usdPerRequest).toBe("0.012");
});

test.each(["openai", "anthropic", "google"])("every price of %s in the book is well-formed", (provider) => {
  const models = findProvider({ providerId: provider })?.models ?? [];
  // The book lists a few models under an id that is not a name of theirs.
  const prices = models
    .map(({ id }) => bookPrice({ provider, model: id, atMs, inputTokens: 500_000 }))
    .filter((price) => price !== undefined);
  expect(prices.length).toBeGreaterThan(20);
  expect(prices.map((price) => priceSchema.parse(price))).toEqual(prices);
});

test("a model with rates for long contexts has a tier from the first token above the start", () => {
  const tiers = findBookPrice({ provider: "gemini", model: "gemini-2.5-pro", atMs });
  expect(tiers?.map(({ fromInputTokens }) => fromInputTokens)).toEqual([0, 200_001]);
});

test("a name that is longer than any model's is not compared with all of them", () => {
  expect(bookPrice({ provider: "openai", model: `gpt-5-mini-${"x".repeat(300)}`, atMs })).toBeUndefined();
});

test("a model is found by the book's own name, even where nobody else calls it so", () => {
  expect(bookPrice({ provider: "openai", model: "ft:gpt-4o", atMs })).toBeUndefined();
  const tiers = findBookPriceById({ provider: "openai", model: "ft:gpt-4o", atMs });
  expect(tiers?.[0].price).toMatchObject({ model: "ft:gpt-4o", usdPerMillionTokens: { input: "3.75" } });
  expect(findBookPriceById({ provider: "openai", model: "gpt-5-mini-2025-08-07", atMs })).toBeUndefined();
});
