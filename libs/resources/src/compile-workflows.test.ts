import { expect, test } from "vitest";
import { compileContent } from "./compile-content.ts";
import { compileSnapshot } from "./compile-snapshot.ts";
import { formatProblem } from "./configuration-problem.ts";
import { findTarget } from "./find-target.ts";
import { parseConfiguration } from "./read-configuration.ts";
import { readResources } from "./read-resources.ts";
import { type Snapshot, snapshotSchema } from "./snapshot.ts";

const file = parseConfiguration(
  `
backends: { openai: { provider: openai } }
models: [{ name: gpt-*, backend: openai, guardPolicies: [file] }, { name: plain, backend: openai }]
guardPolicies: { file: { prompt: [{ detector: email, action: mask }] } }
`,
  "sluice.yaml",
);

/** Resources, each in a line of its own, and what becomes of them. */
function compiled(...lines: string[]) {
  const read = readResources([{ text: lines.join("\n---\n"), name: "r.yaml" }]);
  expect(read.problems.map(formatProblem)).toEqual([]);
  const { content, warnings, problems } = compileContent(compileSnapshot(file, "/"), read.resources);
  return { content, warnings: warnings.map(formatProblem), problems: problems.map(formatProblem) };
}

function snapshotOf({ content }: ReturnType<typeof compiled>): Snapshot {
  return snapshotSchema.parse({ ...content, revision: 1, appliedAtMs: 0 });
}

function resource(kind: string, name: string, spec: string): string {
  return `{ apiVersion: sluice.dev/v1, kind: ${kind}, metadata: { name: ${name} }, spec: ${spec} }`;
}

function workflow(name: string, step: string, more = ""): string {
  const steps = `{ name: only, messages: [{ from: input }], ${step} }`;
  return resource("Workflow", name, `{ steps: [${steps}]${more} }`);
}

const backend = resource("AIBackend", "house", "{ provider: openai, model: own }");
const rules = resource("AIPolicy", "rules", "{ prompt: [{ detector: phone, action: mask }] }");

test("the steps know what they wait for, and which of them may give the reply", () => {
  const text = (name: string) => `messages: [{ role: user, content: "{{ ${name} }}" }]`;
  const { content, warnings, problems } = compiled(
    resource(
      "Workflow",
      "w",
      `{ model: clients-name, steps: [
        { name: a, model: gpt-x, responseFormat: { type: json }, ${text("input.text")} },
        { name: b, model: plain, ${text("input.text")} },
        { name: c, when: "steps.a.json.x", choose: [{ when: "steps.b.output == 'y'", model: plain }, { model: gpt-x }], temperature: 0, maxTokens: 5, stop: [z], ${text("steps.a.output")} },
        { name: d, template: "{{ steps.c.output }}" },
        { name: e, when: "has(steps.c)", template: "{{ steps.d.output }}" }] }`,
    ),
  );
  expect([warnings, problems]).toEqual([[], []]);
  expect(content.workflows).toMatchObject({
    w: {
      model: "clients-name",
      guardPolicies: [],
      steps: [
        { type: "model", name: "a", needs: [], whenNeeds: [], mayAnswer: false, json: {} },
        { type: "model", name: "b", choices: [{ model: "plain" }], mayAnswer: false },
        {
          name: "c",
          whenNeeds: ["a"],
          needs: ["b", "a"],
          choices: [{ when: "steps.b.output == 'y'", model: "plain" }, { model: "gpt-x" }],
          temperature: 0,
          maxOutputTokens: 5,
          stopSequences: ["z"],
          mayAnswer: false,
        },
        { type: "template", name: "d", needs: ["c"], mayAnswer: true },
        { type: "template", name: "e", whenNeeds: ["c"], needs: ["d"], mayAnswer: true },
      ],
    },
  });
});

test.each<[title: string, lines: string[], at: string, message: string]>([
  [
    "a step whose model is a workflow",
    [workflow("one", "model: two"), workflow("two", "model: gpt-x")],
    "r.yaml:1",
    "Workflow one: the step only asks for two, which is a workflow; it can ask for models only",
  ],
  [
    "a step whose model is its own workflow",
    [workflow("one", "model: one")],
    "r.yaml:1",
    "Workflow one: the step only asks for one, which is a workflow; it can ask for models only",
  ],
  [
    "two workflows of one model name",
    [workflow("one", "model: gpt-x", ", model: same"), workflow("two", "model: gpt-x", ", model: same")],
    "r.yaml:3",
    "Workflow two: the workflow one is asked for by the model name same already",
  ],
  [
    "a model name that the configuration file has",
    [workflow("one", "model: gpt-x", ", model: plain")],
    "r.yaml:1",
    "Workflow one: there is a model plain already; give the workflow another name in model",
  ],
  [
    "an AIBackend that names no model",
    [resource("AIBackend", "house", "{ provider: openai }"), workflow("one", "aiBackend: { name: house }")],
    "r.yaml:3",
    "Workflow one: the step only must say which model of the AIBackend house it asks for, since that one names none",
  ],
  [
    "an AIBackend that speaks no dialect",
    [
      resource("AIBackend", "house", "{ provider: huggingface, url: 'https://hf.example/m' }"),
      workflow("one", "aiBackend: { name: house, model: m }"),
    ],
    "r.yaml:3",
    "Workflow one: the step only: requests are forwarded to the AIBackend house as they are; a step needs one that is asked in a dialect",
  ],
  [
    "a policy with limits in a step",
    [
      resource("AIPolicy", "few", "{ limits: [{ requests: 1, interval: 1m }] }"),
      workflow("one", "model: gpt-x, policies: { ai: [{ name: few }] }"),
    ],
    "r.yaml:3",
    "Workflow one: the step only: the AIPolicy few has limits, which a workflow has as a whole: name it in the policies of the workflow",
  ],
  [
    "a cache on a workflow",
    [
      resource("AIPolicy", "kept", "{ caching: { ttl: 1m } }"),
      resource(
        "Workflow",
        "one",
        "{ policies: { ai: [{ name: kept }] }, steps: [{ name: only, model: gpt-x, messages: [{ from: input }] }] }",
      ),
    ],
    "r.yaml:3",
    "Workflow one: the AIPolicy kept has caching, and replies of workflows are not cached",
  ],
  [
    "a cache on a route to a workflow",
    [
      workflow("one", "model: gpt-x"),
      resource("AIPolicy", "kept", "{ caching: { ttl: 1m } }"),
      resource(
        "RouteTable",
        "t",
        "{ routes: [{ destination: { workflow: { name: one } }, policies: { ai: [{ name: kept }] } }] }",
      ),
    ],
    "r.yaml:3",
    "AIPolicy kept: route t/0 leads to a workflow, whose replies are not cached",
  ],
  [
    "a transformation on a route to a workflow",
    [
      workflow("one", "model: gpt-x"),
      resource("TransformationPolicy", "p", "{ request: { removeHeaders: [x] } }"),
      resource(
        "RouteTable",
        "t",
        "{ routes: [{ destination: { workflow: { name: one } }, policies: { transformation: { name: p } } }] }",
      ),
    ],
    "r.yaml:3",
    "TransformationPolicy p: route t/0 leads to a workflow, which takes no transformation; its steps have templates",
  ],
  [
    "a rewrite on a route to a workflow",
    [
      workflow("one", "model: gpt-x"),
      resource(
        "RouteTable",
        "t",
        "{ routes: [{ rewrite: { path: /x }, destination: { workflow: { name: one } } }] }",
      ),
    ],
    "r.yaml:3",
    "RouteTable t: route t/0: rewrite is for an externalService; a workflow has no path",
  ],
])("%s can't be taken", (_title, lines, at, message) => {
  const { problems } = compiled(...lines);
  expect(problems).toHaveLength(1);
  expect(problems[0]).toMatch(new RegExp(`^${at}:\\d+: `));
  expect(problems[0]?.replace(/^r\.yaml:\d+:\d+: /, "")).toBe(message);
});

test.each<[title: string, lines: string[], warning: string, unavailable: string]>([
  [
    "a model",
    [workflow("one", "model: plian")],
    'Workflow one: the step only: there is no model plian; did you mean "plain"?',
    "there is no model plian",
  ],
  [
    "an AIBackend",
    [backend, workflow("one", "aiBackend: { name: horse }")],
    'Workflow one: the step only: there is no AIBackend horse; did you mean "house"?',
    "there is no AIBackend horse",
  ],
  [
    "a policy",
    [workflow("one", "model: gpt-x, policies: { ai: [{ name: gone }] }")],
    "Workflow one: there is no AIPolicy gone",
    "there is no AIPolicy gone",
  ],
])(
  "a workflow that lacks %s is closed, with its routes, which is a warning",
  (_title, lines, warning, unavailable) => {
    const result = compiled(
      ...lines,
      resource("RouteTable", "t", "{ routes: [{ destination: { workflow: { name: one } } }] }"),
    );
    expect(result.problems).toEqual([]);
    expect(result.warnings.map((text) => text.replace(/^r\.yaml:\d+:\d+: /, ""))).toEqual([warning]);
    expect(result.content.workflows.one?.unavailable).toBe(unavailable);
    expect(result.content.routes[0]?.unavailable).toBe(unavailable);
    expect(() => findTarget(snapshotOf(result), { model: "one" })).toThrow("The workflow one is closed");
  },
);

test("a route to a workflow that there is not is closed", () => {
  const { warnings, content } = compiled(
    resource("RouteTable", "t", "{ routes: [{ destination: { workflow: { name: one } } }] }"),
  );
  expect(warnings).toEqual([expect.stringContaining("route t/0: there is no Workflow one")]);
  expect(content.routes[0]?.unavailable).toBe("there is no Workflow one");
});

test("a workflow is found by its model's name and by its route, its steps by their choice", () => {
  const snapshot = snapshotOf(
    compiled(
      backend,
      rules,
      workflow(
        "one",
        "policies: { ai: [{ name: rules }] }, choose: [{ when: 'true', model: gpt-x }, { aiBackend: { name: house } }]",
        ", model: gpt-one, policies: { ai: [{ name: rules }] }",
      ),
      resource("RouteTable", "t", "{ routes: [{ destination: { workflow: { name: one } } }] }"),
    ),
  );
  const own = ["AIPolicy rules", snapshot.guardPolicies["AIPolicy rules"]];
  const ofFile = ["file", snapshot.guardPolicies.file];
  const workflowTarget = { type: "workflow", name: "one", providerModel: "gpt-one", guardPolicies: [own] };
  expect(findTarget(snapshot, { model: "gpt-one" })).toMatchObject(workflowTarget);
  expect(findTarget(snapshot, { model: "", route: "t/0" })).toMatchObject({
    ...workflowTarget,
    label: "t/0",
  });
  const step = (choice: number) => {
    const workflowStep = { workflow: "one", step: "only", choice, parentRequestId: "" };
    return findTarget(snapshot, { model: "", workflowStep });
  };
  expect(step(0)).toMatchObject({ type: "model", providerModel: "gpt-x", guardPolicies: [ofFile, own] });
  expect(step(1)).toMatchObject({ backendName: "house", providerModel: "own", guardPolicies: [own] });
  expect(step(2)).toBeUndefined();
  // What is made of a list of policies is made once.
  expect(step(0)?.guardPolicies).toBe(step(0)?.guardPolicies);
});
