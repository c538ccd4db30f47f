import { findProvider } from "@pydantic/genai-prices";
import { expect, test } from "vitest";
import { priceSchema } from "./price.ts";
import { findBookPrice } from "./price-book.ts";

const atMs = Date.UTC(2026, 5, 1);

test("a model is found under its dated name too", () => {
  expect(findBookPrice({ provider: "openai", model: "gpt-5-mini-2025-08-07", atMs, inputTokens: 1 })).toEqual(
    {
      source: "price_book",
      provider: "openai",
      model: "gpt-5-mini",
      usdPerMillionTokens: { input: "0.25", cachedInput: "0.025", output: "2" },
    },
  );
});

test("the provider gemini is the book's google", () => {
  expect(
    findBookPrice({ provider: "gemini", model: "gemini-2.5-flash", atMs, inputTokens: 1 }),
  ).toMatchObject({
    provider: "google",
    usdPerMillionTokens: { input: "0.3", inputAudio: "1", cachedInputAudio: "0.1", output: "2.5" },
  });
});

test.each([
  ["an unknown model", "openai", "no-such-model"],
  ["an unknown provider", "no-such-provider", "gpt-5-mini"],
  ["a provider whose name only contains a known one", "my-openai-proxy", "gpt-5-mini"],
])("%s has no price", (_name, provider, model) => {
  expect(findBookPrice({ provider, model, atMs, inputTokens: 1 })).toBeUndefined();
});

test.each([
  [200_000, "1.25", "10"],
  [200_001, "2.5", "15"],
])("with %i input tokens gemini-2.5-pro costs %s and %s", (inputTokens, input, output) => {
  const price = findBookPrice({ provider: "gemini", model: "gemini-2.5-pro", atMs, inputTokens });
  expect(price?.usdPerMillionTokens).toMatchObject({ input, output });
});

test.each([
  [Date.UTC(2025, 5, 9, 23, 59), "10"],
  [Date.UTC(2025, 5, 10), "2"],
])("at %i o3 costs %s: prices have effective dates", (at, input) => {
  const price = findBookPrice({ provider: "openai", model: "o3", atMs: at, inputTokens: 1 });
  expect(price?.usdPerMillionTokens.input).toBe(input);
});

test("a charge per request is carried as dollars per request", () => {
  const price = findBookPrice({ provider: "perplexity", model: "sonar", atMs, inputTokens: 1 });
  expect(price?.usdPerRequest).toBe("0.012");
});

test.each(["openai", "anthropic", "google"])("every price of %s in the book is well-formed", (provider) => {
  const models = findProvider({ providerId: provider })?.models ?? [];
  // The book lists a few models under an id that is not a name of theirs.
  const prices = models
    .map(({ id }) => findBookPrice({ provider, model: id, atMs, inputTokens: 500_000 }))
    .filter((price) => price !== undefined);
  expect(prices.length).toBeGreaterThan(20);
  expect(prices.map((price) => priceSchema.parse(price))).toEqual(prices);
});
