import { expect, test } from "vitest";
import { compileSnapshot } from "./compile-snapshot.ts";
import { PriceList } from "./price-list.ts";
import { parseConfiguration } from "./read-configuration.ts";
import { type Snapshot, snapshotSchema } from "./snapshot.ts";

function snapshotWith(prices: string, revision = 1): Snapshot {
  const yaml = `
backends: { main: { provider: gemini } }
models: [{ name: m, backend: main }]
prices: ${prices}
`;
  const content = compileSnapshot(parseConfiguration(yaml, "sluice.yaml"), "/");
  return snapshotSchema.parse({ revision, appliedAtMs: 0, ...content });
}

const call = {
  backend: "main",
  provider: "gemini",
  model: "gemini-2.5-pro",
  atMs: Date.UTC(2026, 5, 1),
  inputTokens: 100,
};

test("calls of one model share one price, and a larger one has that of its tier", () => {
  const [prices, snapshot] = [new PriceList(), snapshotWith("[]")];
  const price = prices.find(snapshot, call);
  expect(price).toMatchObject({ source: "price_book", usdPerMillionTokens: { input: "1.25" } });
  expect(prices.find(snapshot, { ...call, inputTokens: 200_000, atMs: call.atMs + 59_999 })).toBe(price);
  const dear = prices.find(snapshot, { ...call, inputTokens: 200_001 });
  expect(dear).toMatchObject({ usdPerMillionTokens: { input: "2.5" } });
});

test("each revision has its own prices", () => {
  const prices = new PriceList();
  const first = snapshotWith("[{ model: gemini-*, usdPerMillionTokens: { input: 1 } }]");
  const second = snapshotWith("[{ model: gemini-*, usdPerMillionTokens: { input: 2 } }]", 2);
  for (let asked = 0; asked < 2; asked++) {
    expect(prices.find(first, call)?.usdPerMillionTokens.input).toBe("1");
    expect(prices.find(second, call)?.usdPerMillionTokens.input).toBe("2");
  }
});

test("a price that begins within the life of a revision counts from its first minute on", () => {
  const prices = new PriceList();
  const snapshot = snapshotWith("[{ model: gemini-*, from: 2026-06-02, usdPerMillionTokens: { input: 9 } }]");
  const dayMs = 86_400_000;
  expect(prices.find(snapshot, { ...call, atMs: call.atMs + dayMs - 1 })?.source).toBe("price_book");
  expect(prices.find(snapshot, { ...call, atMs: call.atMs + dayMs })?.source).toBe("configuration");
});

test("names of models are not mixed up, however they are made", () => {
  const prices = new PriceList();
  const snapshot = snapshotWith("[{ model: a, usdPerMillionTokens: { input: 1 } }]");
  expect(prices.find(snapshot, { ...call, model: "a", responseModel: 'b","c' })).toBeDefined();
  expect(prices.find(snapshot, { ...call, model: 'a","b', responseModel: "c" })).toBeUndefined();
});

test("any number of names that clients make up has no price, and one that is known has one after them", () => {
  const [prices, snapshot] = [new PriceList(), snapshotWith("[]")];
  const found = Array.from({ length: 3000 }, (_, index) =>
    prices.find(snapshot, { ...call, model: `made-up-${index}` }),
  );
  expect(found.every((price) => price === undefined)).toBe(true);
  expect(prices.find(snapshot, { ...call, model: "x".repeat(10_000) })).toBeUndefined();
  expect(prices.find(snapshot, call)).toBeDefined();
});
