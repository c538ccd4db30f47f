import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { compileLimits } from "./compile-limit.ts";
import { compiledLimitSchema } from "./compiled-limit.ts";
import { ConfigurationError, formatProblem } from "./configuration-problem.ts";
import { describeLimit } from "./describe-limit.ts";
import { parseConfiguration } from "./read-configuration.ts";
import { readLimits } from "./read-limits.ts";
import { readResources } from "./read-resources.ts";

const page = readFileSync(fileURLToPath(new URL("../../../docs/limits.md", import.meta.url)), "utf8");
const [, section = ""] = page.split("## What is refused when it is applied");

/** Rows of the page's table: what is written, of whom, and what is said of it. */
const rows = [...section.matchAll(/^\| `([^`]+)`(?: of a (key|Consumer))? \| (.+) \|$/gm)].map(
  ([, written = "", owner = "AIPolicy", message = ""]) => ({ written, owner, message }),
);

function problemsOf(written: string, owner: string): string[] {
  const limits = written.startsWith("[") ? written : `[${written}]`;
  if (owner === "key") {
    const text = `models: [gpt-4o]\nkeys: [{ name: k, value: { env: K }, limits: ${limits} }]`;
    try {
      parseConfiguration(text, "f");
      return [];
    } catch (error) {
      return error instanceof ConfigurationError ? error.problems.map(({ message }) => message) : [];
    }
  }
  const resource = `{ apiVersion: sluice.dev/v1, kind: ${owner}, metadata: { name: n }, spec: { limits: ${limits} } }`;
  return readResources([{ text: resource, name: "f" }]).problems.map(({ message }) => message);
}

test("the page has the limits that are refused", () => {
  expect(rows.length).toBeGreaterThan(12);
});

test.each(rows)("$written of a $owner: $message", ({ written, owner, message }) => {
  expect(problemsOf(written, owner)).toEqual([message]);
});

test("where it is wrong is said with line and column", () => {
  const text = "models: [gpt-4o]\ndefaults:\n  limits:\n    - { requests: 5, interval: 1m, per: [teem] }\n";
  expect(() => parseConfiguration(text, "f")).toThrow(
    "f:4:42: defaults.limits[0].per[0]: must be one of key,",
  );
});

test.each([
  ["{ requests: 10, interval: 1m }, { requests: 609, interval: 1h }", true],
  ["{ requests: 10, interval: 1m }, { requests: 610, interval: 1h }", false],
  ["{ requests: 10, interval: 1m }, { requests: 9000, interval: 1h, warnAt: 0.01 }", true],
  // Those of each team may together reach what one team may not.
  ["{ requests: 10, interval: 1m, per: [team] }, { requests: 9000, interval: 1h }", true],
  ["{ requests: 10, interval: 1m }, { requests: 9000, interval: 1h, per: [team] }", false],
  ["{ requests: 10, interval: 1m, mode: shadow }, { requests: 9000, interval: 1h }", true],
  ["{ requests: 10, interval: 1m }, { requests: 9, interval: 1m, mode: shadow }", true],
  ["{ requests: 10, interval: 1m }, { requests: 10, interval: 1m }", false],
  ["{ tokens: 10, interval: 1m }, { outputTokens: 10, interval: 1m }", false],
  ["{ outputTokens: 10, interval: 1m }, { tokens: 100, interval: 1m }", true],
  ["{ requests: 9, calendar: day }, { requests: 260, calendar: month }", true],
  ["{ requests: 9, calendar: day }, { requests: 400, calendar: month }", false],
  ["{ requests: 9, calendar: day, timeZone: Asia/Tokyo }, { requests: 9, calendar: day }", true],
  ["{ requests: 1, interval: 1s, burst: 9 }, { requests: 9, interval: 1m, burst: 9 }", false],
  ["{ requests: 9, interval: 1m, burst: 9 }, { requests: 1, interval: 1s, burst: 9 }", false],
  ["{ requests: 9, interval: 1m, burst: 20 }, { requests: 1, interval: 1s, burst: 9 }", true],
  ["{ concurrent: 5 }, { concurrent: 3, per: [key] }", true],
  ["{ concurrent: 5 }, { concurrent: 9, per: [key] }", false],
  ["{ concurrent: 5 }, { requests: 9, interval: 1m }", true],
  ["{ concurrent: 5, mode: shadow }, { requests: 9, interval: 1m, failure: open }", true],
])("[%s] can all be reached: %j", (written, can) => {
  const { problems } = readResources([
    {
      text: `{ apiVersion: sluice.dev/v1, kind: AIPolicy, metadata: { name: n }, spec: { limits: [${written}] } }`,
      name: "f",
    },
  ]);
  expect(problems.map(formatProblem).filter((problem) => !problem.includes("can never be reached"))).toEqual(
    [],
  );
  expect(problems.length === 0).toBe(can);
});

test.each([
  ["requests: 10, interval: 1s, burst: 50, per: [user]", "k/0: 10 requests in 1s, up to 50 at once per user"],
  [
    "usd: '1000.5', calendar: month, timeZone: America/New_York, per: [team, user, model], warnAt: 0.8",
    "k/0: 1000.5 US dollars in a month of America/New_York per team, user and model; warns from 80 %",
  ],
  ["name: few, concurrent: 3, mode: shadow", "k/few: 3 requests at the same time; refuses nothing (shadow)"],
  [
    "inputTokens: 20000, interval: 1h, failure: open",
    "k/0: 20,000 input tokens in 1h; counted by each instance while Redis is away",
  ],
])("%s is %s", (written, text) => {
  const compiled = compileLimits("k", readLimits([written]));
  expect(compiled.map(describeLimit)).toEqual([text]);
  expect(compiled.map((limit) => compiledLimitSchema.parse(limit))).toEqual(compiled);
});

test("a limit that an earlier release has published is read as what it meant", () => {
  const earlier = { name: "p/0", unit: "requests", amount: 5, intervalMs: 60_000 };
  const window = { kind: "rolling", limit: 5, intervalMs: 60_000 };
  const common = { unit: "requests", policy: { window }, failure: "closed" };
  expect(compiledLimitSchema.parse(earlier)).toEqual({ ...common, name: "p/0", per: ["route"] });
  expect(compiledLimitSchema.parse({ ...earlier, name: "Consumer c/0" })).toEqual({
    ...common,
    name: "Consumer c/0",
    per: [],
  });
});
