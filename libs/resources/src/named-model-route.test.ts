import { SluiceError } from "@sluice/contracts/sluice-error";
import { expect, test } from "vitest";
import { compileContent } from "./compile-content.ts";
import { compileSnapshot } from "./compile-snapshot.ts";
import { formatProblem } from "./configuration-problem.ts";
import { findTarget, modelOfRoute } from "./find-target.ts";
import { parseConfiguration } from "./read-configuration.ts";
import { readResources } from "./read-resources.ts";
import { snapshotSchema } from "./snapshot.ts";

const base = compileSnapshot(
  parseConfiguration(
    `
models: [gpt-5, claude-sonnet-4-5]
virtualModels: [{ name: smart, targets: [gpt-5, { model: claude-sonnet-4-5, priority: 1 }] }]
defaults: { guardPolicies: [usual] }
guardPolicies: { usual: { prompt: [{ detector: email, action: mask }] } }
`,
    "sluice.yaml",
  ),
  "/",
);
const policy =
  "{ apiVersion: sluice.dev/v1, kind: AIPolicy, metadata: { name: strict }, spec: { prompt: [{ detector: secrets, action: block }], limits: [{ requests: 5, interval: 1m }] } }";

function compiled(route: string) {
  const table = `{ apiVersion: sluice.dev/v1, kind: RouteTable, metadata: { name: t }, spec: { routes: [{ match: [{ path: { exact: /chat } }], ${route} }] } }`;
  const { resources, problems } = readResources([{ text: `${policy}\n---\n${table}`, name: "r.yaml" }]);
  const { content, warnings, ...rest } = compileContent(base, resources);
  return {
    snapshot: snapshotSchema.parse({ ...content, revision: 1, appliedAtMs: 0 }),
    warnings: warnings.map(formatProblem),
    problems: [...problems, ...rest.problems].map(formatProblem),
  };
}

test("a route to a model has its targets, and its policies beside the route's own", () => {
  const { snapshot, warnings, problems } = compiled(
    "destination: { model: smart }, policies: { ai: [{ name: strict }] }",
  );
  expect({ warnings, problems }).toEqual({ warnings: [], problems: [] });
  const target = findTarget(snapshot, { route: "t/0", model: "smart" });
  expect(target).toMatchObject({
    type: "model",
    label: "t/0",
    backendName: "openai",
    providerModel: "gpt-5",
    pool: { targets: [{ backendName: "openai" }, { backendName: "anthropic", priority: 1 }] },
    route: { limits: [{ policy: { window: { limit: 5 } } }] },
  });
  expect(target?.guardPolicies.map(([name]) => name)).toEqual(["usual", "AIPolicy strict"]);
  expect(target && modelOfRoute(target)).toBe("smart");
});

test.each([
  [
    "a model that is not there",
    "smrt",
    'r.yaml:3:149: RouteTable t: route t/0: there is no model smrt; did you mean "smart"?',
  ],
])("a route to %s is closed, and warned of", (_what, model, warning) => {
  const { snapshot, warnings } = compiled(
    `destination: { model: ${model} }, policies: { ai: [{ name: strict }] }`,
  );
  expect(warnings).toEqual([warning]);
  expect(() => findTarget(snapshot, { route: "t/0", model })).toThrow(
    new SluiceError("service_unavailable", "The route t/0 is closed: it lacks what it refers to."),
  );
});

test("a route to a model takes no rewriting of its path", () => {
  const { problems } = compiled(
    "destination: { model: smart }, policies: { ai: [{ name: strict }] }, rewrite: { path: /x }",
  );
  expect(problems.map((text) => text.replace(/^r\.yaml:3:\d+: /, ""))).toEqual([
    "RouteTable t: route t/0: rewrite is for an externalService; a model has its own paths",
  ]);
});
