import { expect, test } from "vitest";
import { checkChange } from "./check-change.ts";
import { compileContent } from "./compile-content.ts";
import { compileSnapshot } from "./compile-snapshot.ts";
import { formatProblem } from "./configuration-problem.ts";
import { PriceList } from "./price-list.ts";
import { parseConfiguration } from "./read-configuration.ts";
import { readResources } from "./read-resources.ts";
import type { Snapshot } from "./snapshot.ts";

const price = "price: { usdPerMillionTokens: { input: 1.5, cachedInput: 0.15, output: '2.5' } }";

const resources = (backend: string, limit = "usd: '10.00'") => `
apiVersion: sluice.dev/v1
kind: AIBackend
metadata: { name: own }
spec: { provider: openai, ${backend} }
---
apiVersion: sluice.dev/v1
kind: RouteTable
metadata: { name: t }
spec:
  routes:
  - { name: r, destination: { aiBackend: { name: own } }, policies: { ai: [{ name: p }] } }
---
apiVersion: sluice.dev/v1
kind: AIPolicy
metadata: { name: p }
spec: { limits: [{ requests: 5, interval: 1m }, { ${limit}, interval: 1d }] }
`;

function configuration(prices: string) {
  const file = parseConfiguration(
    `backends: { b: { provider: openai } }\nmodels: [{ name: m, backend: b }]\nprices: ${prices}`,
    "sluice.yaml",
  );
  return compileSnapshot(file, "/");
}

function compiled(text: string, prices = "[]") {
  const read = readResources([{ text, name: "r.yaml" }]);
  expect(read.problems.map(formatProblem)).toEqual([]);
  const { content, problems } = compileContent(configuration(prices), read.resources);
  return { content, problems: problems.map(formatProblem) };
}

test("a backend's own price goes before those of the configuration file and the price book", () => {
  const prices = "[{ model: gpt-4o, usdPerMillionTokens: { input: 7 } }]";
  const { content } = compiled(resources(`model: gpt-4o, ${price}`), prices);
  const snapshot = content as unknown as Snapshot;
  const call = { provider: "openai", model: "gpt-4o", atMs: Date.now(), inputTokens: 0 };
  const list = new PriceList();
  expect(list.find(snapshot, { ...call, backend: "own" })).toMatchObject({
    source: "configuration",
    usdPerMillionTokens: { input: "1.5", cachedInput: "0.15", output: "2.5" },
  });
  expect(list.find(snapshot, { ...call, backend: "b" })?.usdPerMillionTokens).toEqual({ input: "7" });
});

test("it is that of every model of the backend, also one that the client names", () => {
  const { content } = compiled(resources(price));
  const call = { backend: "own", provider: "openai", atMs: Date.now(), inputTokens: 0 };
  const found = new PriceList().find(content as unknown as Snapshot, {
    ...call,
    model: "x",
    responseModel: "y",
  });
  expect(found?.usdPerMillionTokens.input).toBe("1.5");
});

const message =
  "r.yaml:5:34: AIBackend own: the limit p/1 of the route t/r is in US dollars, and there is no price for the model " +
  "nobody-knows: give it one, as price: { usdPerMillionTokens: { input: …, output: … } }, or in the prices of sluice.yaml";

test("a limit in dollars for a model that nobody knows a price for is refused", () => {
  expect(compiled(resources("model: nobody-knows")).problems).toEqual([message]);
});

test("so is one for a backend that requests are forwarded to, whose cost would never be known", () => {
  const text = resources("url: 'https://hf.example/m'").replace("provider: openai", "provider: huggingface");
  expect(compiled(text).problems).toEqual([
    "r.yaml:4:19: AIBackend own: the limit p/1 of the route t/r is in US dollars, and there is no price for the model own: give it one, as price: { usdPerMillionTokens: { input: …, output: … } }, or in the prices of sluice.yaml",
  ]);
  expect(compiled(text.replace("url:", `${price}, url:`)).problems).toEqual([]);
});

test.each([
  ["the model has a price in the book", resources("model: gpt-4o"), "[]"],
  ["the backend has a price", resources(`model: nobody-knows, ${price}`), "[]"],
  [
    "the configuration file has one",
    resources("model: nobody-knows"),
    "[{ model: nobody-*, usdPerMillionTokens: { input: 7 } }]",
  ],
  ["the limit is of something else", resources("model: nobody-knows", "tokens: 100"), "[]"],
  ["the client names the model", resources("retries: { attempts: 1 }"), "[]"],
])("it is not where %s", (_what, text, prices) => {
  expect(compiled(text, prices).problems).toEqual([]);
});

test("without the mesh's configuration file it can't be told, and is warned of", async () => {
  const file = { text: resources("model: nobody-knows"), name: "r.yaml", directory: "/" };
  const { warnings } = await checkChange([file]);
  expect(warnings.map(formatProblem)).toEqual([message]);
});
