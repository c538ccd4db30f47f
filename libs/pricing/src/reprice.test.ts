import type { Price } from "@sluice/contracts/price";
import { noUsage } from "@sluice/contracts/usage";
import { expect, test } from "vitest";
import { findPrice } from "./find-price.ts";
import { priceOfUsage } from "./reprice.ts";

const atMs = Date.UTC(2026, 5, 1);
const used = (inputTokens: number) => ({ atMs, usage: { ...noUsage, inputTokens } });

/** What a call was priced by when its router estimated so many input tokens. */
function pricedAt(provider: string, model: string, inputTokens: number): Price {
  const price = findPrice({ backend: "main", provider, model, atMs, inputTokens });
  if (price === undefined) throw new Error(`the book has no price of ${model}`);
  return price;
}

test.each([
  [1, 200_001],
  [300_000, 200_000],
])("a call taken for %i tokens that used %i gets the price of its tier", (estimated, inputTokens) => {
  const price = pricedAt("gemini", "gemini-2.5-pro", estimated);
  expect(priceOfUsage(price, used(inputTokens))).toEqual(pricedAt("gemini", "gemini-2.5-pro", inputTokens));
  expect(priceOfUsage(price, used(estimated))).toEqual(price);
});

test("the price of another release of the book stays, where the model has no tiers or is gone", () => {
  const old: Price = {
    source: "price_book",
    provider: "openai",
    model: "gpt-5-mini",
    usdPerMillionTokens: { input: "0.3", output: "2.4" },
  };
  expect(priceOfUsage(old, used(900_000))).toBe(old);
  const gone = { ...old, model: "no-such-model" };
  expect(priceOfUsage(gone, used(900_000))).toBe(gone);
});

test("a price of the configuration stays as it is", () => {
  const price: Price = {
    source: "configuration",
    model: "gemini-2.5-pro",
    usdPerMillionTokens: { input: "1" },
  };
  expect(priceOfUsage(price, used(900_000))).toBe(price);
});
