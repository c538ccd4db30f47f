import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { allowedFilters, allowedTags } from "./internal/allowed-syntax.ts";
import { defaultTemplateLimits, maxTemplateLength } from "./template-limits.ts";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");

/** What the rows of a table name in backquotes, in the cells after the first. */
function namesInRows(beginning: string): Set<string> {
  const rows = readme.split("\n").filter((line) => line.startsWith(`| ${beginning}`));
  return new Set(rows.flatMap((row) => [...row.matchAll(/`([a-z_0-9#]+)`/g)].map(([, name]) => name ?? "")));
}

test("the README names the filters that there are", () => {
  expect([...namesInRows("filters on")].sort()).toEqual([...allowedFilters].sort());
});

test("the README names the tags that there are, and the parts of them", () => {
  const parts = ["else", "elsif", "when"];
  expect([...namesInRows("tags")].sort()).toEqual([...allowedTags, ...parts].sort());
});

test("the README names the limits", () => {
  const inMi = (length: number) => `${length / 2 ** 20} Mi characters`;
  expect(readme).toContain(`| length of a template | ${maxTemplateLength / 1024} Ki characters |`);
  expect(readme).toContain(`| ${defaultTemplateLimits.maxSteps.toLocaleString("en-US")} |`);
  expect(readme).toContain(`| ${defaultTemplateLimits.maxRenderMs} ms |`);
  expect(readme).toContain(`\`maxOutputLength\` | ${inMi(defaultTemplateLimits.maxOutputLength)} |`);
  expect(readme).toContain(
    `\`maxFilterLength\`: what filters and \`capture\` read and make | ${inMi(defaultTemplateLimits.maxFilterLength)} and`,
  );
});
