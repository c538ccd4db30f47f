import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { compiledCachingSchema } from "./compiled-caching.ts";
import { ConfigurationError } from "./configuration-problem.ts";
import { parseConfiguration } from "./read-configuration.ts";
import { readResources } from "./read-resources.ts";

const root = new URL("../../../", import.meta.url);
const read = (path: string): string => readFileSync(fileURLToPath(new URL(path, root)), "utf8");

const page = read("docs/caching.md");
const [, section = ""] = page.split("## What is refused when it is applied");
const rows = [...section.matchAll(/^\| `([^`]+)` \| (.+) \|$/gm)].map(
  ([, written = "", message = ""]) => [written, message] as const,
);

test("the page has what is refused", () => {
  expect(rows.length).toBeGreaterThan(6);
});

test.each(rows)("%s: %s", (written, message) => {
  const text = `{ apiVersion: sluice.dev/v1, kind: AIPolicy, metadata: { name: n }, spec: { caching: ${written} } }`;
  expect(readResources([{ text, name: "f" }]).problems.map((problem) => problem.message)).toEqual([message]);
  try {
    parseConfiguration(`models: [{ name: gpt-4o, caching: ${written} }]`, "f");
    expect.unreachable();
  } catch (error) {
    const problems = error instanceof ConfigurationError ? error.problems : [];
    expect(problems.map((problem) => problem.message)).toEqual([message]);
  }
});

test("in sluice.yaml caching is false or how", () => {
  expect(() => parseConfiguration("models: [{ name: gpt-4o, caching: true }]", "f")).toThrow(
    "f:1:35: models[0].caching: says nothing: write how, such as { ttl: 10m }",
  );
});

test("what is compiled is what is published", () => {
  const compiled = { ttlMs: 1, scope: "team", allowTools: false, maxBytes: 1, tags: [] };
  expect(compiledCachingSchema.parse(compiled)).toEqual(compiled);
});
