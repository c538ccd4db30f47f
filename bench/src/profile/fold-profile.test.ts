import { expect, test } from "vitest";
import type { CpuProfile } from "./cpu-profile.ts";
import { flameGraph } from "./flame-graph.ts";
import { foldProfile } from "./fold-profile.ts";
import { topFunctions } from "./top-functions.ts";

const node = (id: number, functionName: string, url: string, children: number[]) => ({
  id,
  callFrame: { functionName, url, lineNumber: 9 },
  children,
});
const profile: CpuProfile = {
  nodes: [
    node(1, "(root)", "", [2, 3, 6]),
    node(2, "(idle)", "", []),
    node(3, "route", "file:///project/services/router/src/route.ts", [4, 5]),
    node(4, "parse<json>", "file:///project/node_modules/.pnpm/zod@4/node_modules/zod/v4/parse.js", []),
    node(5, "", "node:net", []),
    node(6, "parse<json>", "file:///project/node_modules/.pnpm/zod@4/node_modules/zod/v4/parse.js", []),
  ],
  samples: [2, 3, 4, 4, 5, 6],
  timeDeltas: [90_000, 1000, 2000, 3000, 1000, 3000],
};
const tree = foldProfile(profile, "/project/");

test("a tree holds the time of each function, without the time at rest", () => {
  expect(tree).toMatchObject({ name: "(root)", selfMs: 0, totalMs: 10 });
  expect(tree.callees.map(({ name, selfMs, totalMs }) => [name, selfMs, totalMs])).toEqual([
    ["route", 1, 7],
    ["parse<json>", 3, 3],
  ]);
});

test("places are told by project and by package", () => {
  expect(tree.callees.map(({ place }) => place)).toEqual([
    "services/router/src/route.ts:10",
    "zod/v4/parse.js:10",
  ]);
});

test("the functions that took most are added up over their callers", () => {
  expect(topFunctions(tree, 2)).toEqual([
    { name: "parse<json>", place: "zod/v4/parse.js:10", selfMs: 8, share: 0.8 },
    { name: "route", place: "services/router/src/route.ts:10", selfMs: 1, share: 0.1 },
  ]);
});

test("a flame graph has a box for each function, and its names do no harm", () => {
  const svg = flameGraph("router & more", tree);
  expect(svg.match(/<g>/g)).toHaveLength(5);
  expect(svg).toContain("router &amp; more");
  expect(svg).toContain("parse&lt;json&gt; zod/v4/parse.js:10\n50.0% in all, 50.0% itself");
  expect(svg).not.toContain("<json>");
});

test("a profile of a process at rest makes an empty graph", () => {
  const atRest = foldProfile({ ...profile, samples: [2], timeDeltas: [1000] }, "/project/");
  expect(flameGraph("router", atRest).match(/<g>/g)).toBeNull();
});
