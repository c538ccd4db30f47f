import { describe, expect, it, test } from "vitest";
import { compileContent } from "./compile-content.ts";
import { formatProblem } from "./configuration-problem.ts";
import { explainRequest } from "./explain-request.ts";
import { findTarget } from "./find-target.ts";
import { readConfiguration } from "./read-configuration.ts";
import { readResources } from "./read-resources.ts";
import { snapshotSchema } from "./snapshot.ts";

const base = readConfiguration(
  `
backends:
  us: { provider: openai, region: us }
  eu: { provider: openai, region: eu }
  somewhere: { provider: anthropic }
models:
  - { name: gpt-5, backend: us }
  - { name: gpt-5-eu, backend: eu, providerModel: gpt-5 }
  - { name: claude, backend: somewhere }
virtualModels: [{ name: smart, targets: [gpt-5, { model: gpt-5-eu, priority: 1 }, { model: claude, priority: 2 }] }]
`,
  "sluice.yaml",
  "/",
).content;

const services = `
{ apiVersion: sluice.dev/v1, kind: ExternalService, metadata: { name: paris }, spec: { hosts: [paris.example], ports: [{ number: 80, protocol: HTTP }], region: fr } }
---
{ apiVersion: sluice.dev/v1, kind: ExternalService, metadata: { name: lost }, spec: { hosts: [lost.example], ports: [{ number: 80, protocol: HTTP }] } }
---
{ apiVersion: sluice.dev/v1, kind: Workflow, metadata: { name: chain }, spec: { model: chained, steps: [{ name: one, model: gpt-5, messages: [{ role: user, content: "{{ input.text }}" }] }] } }
---
`;

function compiled(route: string) {
  const table = `{ apiVersion: sluice.dev/v1, kind: RouteTable, metadata: { name: t }, spec: { routes: [{ match: [{ path: { exact: /chat } }], ${route} }] } }`;
  const { resources, problems } = readResources([{ text: services + table, name: "r.yaml" }]);
  const { content, ...rest } = compileContent(base, resources);
  return {
    snapshot: snapshotSchema.parse({ ...content, revision: 1, appliedAtMs: 0 }),
    problems: [...problems, ...rest.problems].map(formatProblem),
  };
}

describe("a request that must stay in certain regions", () => {
  const { snapshot, problems } = compiled("destination: { model: smart }, regions: [eu, fr]");

  it("is answered by the targets that are there, in their order", () => {
    expect(problems).toEqual([]);
    const target = findTarget(snapshot, { route: "t/0", model: "smart" });
    expect(target).toMatchObject({ backendName: "eu", providerModel: "gpt-5", regions: ["eu", "fr"] });
    expect(target?.type === "model" && target.pool?.targets.map(({ backendName }) => backendName)).toEqual([
      "eu",
    ]);
  });

  it("is held to those that its route and its consumer have in common", () => {
    expect(findTarget(snapshot, { route: "t/0", model: "smart", regions: ["eu", "us"] })?.regions).toEqual([
      "eu",
    ]);
  });

  it.each([
    ["a model that is elsewhere", { model: "gpt-5", regions: ["eu"] }, "eu"],
    ["a model of which nobody knows where it is", { model: "claude", regions: ["eu", "us"] }, "eu, us"],
    ["targets that are all elsewhere", { model: "smart", regions: ["de"] }, "de"],
    [
      "regions that have nothing in common",
      { model: "smart", route: "t/0", regions: ["us"] },
      "no region in common",
    ],
  ])("is refused for %s", (_what, question, places) => {
    expect(() => findTarget(snapshot, question)).toThrow(
      expect.objectContaining({
        code: "model_not_allowed",
        message: `The request must stay in certain regions (${places}), and what it asks for is answered in none of them.`,
      }),
    );
  });

  it("goes anywhere where nothing is said", () => {
    expect(findTarget(snapshot, { model: "claude" })?.regions).toBeUndefined();
  });

  it("is explained with them", () => {
    const request = { method: "POST", host: "gateway", path: "/chat", headers: {}, model: "smart" };
    const key = { id: "key_0", name: "k", tags: [], createdAtMs: 0, hash: "0" };
    expect(explainRequest(snapshot, { ...request, listener: undefined }, key, 0)).toMatchObject({
      target: "eu, model gpt-5; in eu or fr only",
      refusal: undefined,
    });
  });
});

test.each([
  [
    "destination: { model: gpt-5 }, regions: [eu, fr]",
    "r.yaml:8:168: RouteTable t: route t/0 must stay in eu or fr, and nothing answers there: AIBackend us is in us",
  ],
  [
    "destination: { model: claude }, regions: [eu]",
    "r.yaml:8:169: RouteTable t: route t/0 must stay in eu, and nothing answers there: AIBackend somewhere has no region",
  ],
  [
    "destination: { model: smart }, regions: [de]",
    "r.yaml:8:168: RouteTable t: route t/0 must stay in de, and nothing answers there: AIBackend us is in us, AIBackend eu is in eu, AIBackend somewhere has no region",
  ],
  [
    "destination: { externalService: { name: lost } }, regions: [eu]",
    "r.yaml:8:187: RouteTable t: route t/0 must stay in eu, and nothing answers there: lost:80 has no region",
  ],
  [
    "destination: { workflow: { name: chain } }, regions: [eu]",
    "r.yaml:8:181: RouteTable t: route t/0 must stay in eu, and nothing answers there: AIBackend us is in us",
  ],
  [
    "destination: { model: smart }, regions: []",
    "r.yaml:8:167: spec.routes[0].regions: name at least one region",
  ],
])("a route with %s is an error", (route, problem) => {
  expect(compiled(route).problems).toEqual([problem]);
});

test("a service that is in the region answers", () => {
  expect(compiled("destination: { externalService: { name: paris } }, regions: [fr]").problems).toEqual([]);
});
