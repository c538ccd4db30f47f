import { cachingForTime } from "@sluice/resources/compiled-caching";
import { expect, test } from "vitest";
import { isCacheable } from "./cacheable.ts";

const usual = cachingForTime(60_000);
const cold = { ...usual, maxTemperature: 0.5 };

test.each<[request: object, caching: typeof usual, cacheable: boolean]>([
  [{ messages: [] }, usual, true],
  [{ temperature: 2 }, usual, true],
  [{ tools: [] }, usual, false],
  [{ functions: [] }, usual, false],
  [{ web_search_options: {} }, usual, false],
  [{ mcp_servers: [] }, usual, false],
  [{ tools: [{ type: "function" }] }, { ...usual, allowTools: true }, true],
  [{ temperature: 0.5 }, cold, true],
  [{ temperature: 0.51 }, cold, false],
  [{}, cold, false],
  [{ temperature: null }, cold, false],
  [{ generationConfig: { temperature: 0 } }, cold, true],
  [{ generationConfig: { temperature: 0.7 } }, cold, false],
  [{}, { ...usual, maxTemperature: 1 }, true],
])("%j by %j: %s", (request, caching, cacheable) => {
  expect(isCacheable(caching, "chat", request)).toBe(cacheable);
});

test("embeddings have no temperature", () => {
  expect(isCacheable(cold, "embeddings", { input: "x" })).toBe(true);
});
