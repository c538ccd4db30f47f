import { expect, test } from "vitest";
import { compileContent } from "../compile-content.ts";
import { formatProblem } from "../configuration-problem.ts";
import { findLimits } from "../find-limits.ts";
import { findTarget, targetChosen } from "../find-target.ts";
import { readConfiguration } from "../read-configuration.ts";
import { readResources } from "../read-resources.ts";
import { type BaseContent, snapshotSchema } from "../snapshot.ts";
import { clientFactsFor } from "./request-facts.ts";

const file = `
guardPolicies:
  mails: { prompt: [{ detector: email, action: mask }] }
  cards: { prompt: [{ detector: credit_card, action: block }] }
  own: { reply: [{ detector: email, action: mask }] }
models:
  - { name: gpt-5, guardPolicies: [mails], limits: [{ requests: 5, interval: 1m }], lostCall: repeat }
  - { name: claude-sonnet-4-5, guardPolicies: [cards], limits: [{ usd: "5", interval: 1d }], lostCall: repeat }
  - { name: gemini-*, limits: [{ tokens: 5, interval: 1d }] }
virtualModels:
  - { name: best, targets: [gpt-5, claude-sonnet-4-5] }
  - name: auto
    guardPolicies: [own]
    choose: [{ when: "request.headers['x-a'] == 'b'", model: deep }, { when: prompt.code, model: best }, { model: gpt-5 }]
  - name: deep
    choose: [{ when: "prompt.intent == 'a' && request.headers['x-c'] == 'd'", model: claude-sonnet-4-5 }, { model: gpt-5 }]
    intents: { model: gemini-2.5-flash, of: { a: the first } }
  - { name: plain, choose: [{ when: prompt.code, model: gemini-2.5-pro }, { model: gpt-5 }] }
`;

function snapshotOf(base: BaseContent | undefined, ...resources: string[]) {
  const read = readResources([{ text: resources.join("\n---\n"), name: "r.yaml" }]);
  const { content, warnings, problems } = compileContent(base, read.resources);
  return {
    snapshot: snapshotSchema.parse({ ...content, revision: 1, appliedAtMs: 0 }),
    warnings: warnings.map(formatProblem),
    problems: [...read.problems, ...problems].map(formatProblem),
  };
}

const base = readConfiguration(file, "sluice.yaml", "/").content;
const { snapshot } = snapshotOf(base);

function modelTarget(model: string) {
  const target = findTarget(snapshot, { model });
  if (target?.type !== "model") throw new Error(`${model} is no model`);
  return target;
}

test("auth and guard see all models behind one that chooses: targets, guard policies and limits", () => {
  const auto = modelTarget("auto");
  expect(
    auto.pool?.targets.map(({ backendName, providerModel }) => `${backendName} ${providerModel}`),
  ).toEqual(["anthropic claude-sonnet-4-5", "openai gpt-5"]);
  expect(auto.guardPolicies.map(([name]) => name)).toEqual(["cards", "mails", "own"]);
  // Those of the model that is asked for the intent among them.
  expect(findLimits(snapshot, auto, { model: "auto" }).map(({ unit }) => unit)).toEqual([
    "cost_nano_usd",
    "requests",
    "total_tokens",
  ]);
});

test("a lost call is repeated where all models behind it say so", () => {
  expect(modelTarget("auto").lostCall).toBe("repeat");
  expect(modelTarget("plain").lostCall).toBe("fail");
});

test("a model that is chosen has its own targets, and is judged as the one that was asked for", () => {
  const auto = modelTarget("auto");
  const best = targetChosen(snapshot, auto, "best");
  expect(best).toMatchObject({ label: "auto", chosen: ["best"], chooser: undefined });
  expect(best.guardPolicies).toBe(auto.guardPolicies);
  const deep = targetChosen(snapshot, auto, "deep");
  expect(targetChosen(snapshot, deep, "gpt-5").chosen).toEqual(["deep", "gpt-5"]);
});

test("the ingress says of a request what conditions of the model, and of those that it leads to, ask", () => {
  expect(clientFactsFor(snapshot, "auto", undefined)).toEqual({ headers: ["x-a", "x-c"] });
  expect(clientFactsFor(snapshot, "deep", undefined)).toEqual({ headers: ["x-c"] });
  expect(clientFactsFor(snapshot, "", undefined)).toEqual({ headers: ["x-a", "x-c"] });
  expect(clientFactsFor(snapshot, "plain", undefined)).toBeUndefined();
  expect(clientFactsFor(snapshot, "gpt-5", undefined)).toBeUndefined();
});

const table = (...models: string[]) =>
  `{ apiVersion: sluice.dev/v1, kind: RouteTable, metadata: { name: t }, spec: { models: [${models.join(", ")}] } }`;
const workflow =
  "{ apiVersion: sluice.dev/v1, kind: Workflow, metadata: { name: two-steps }, spec: { steps: [{ name: a, model: gpt-5, messages: [{ from: input }] }] } }";

test("a model that is not there closes the one that chooses it, and is a warning", () => {
  const own = "{ name: mine, choose: [{ when: prompt.code, model: gpt-6 }, { model: gpt-5 }] }";
  const { snapshot: found, warnings, problems } = snapshotOf(base, table(own));
  expect(problems).toEqual([]);
  expect(warnings).toEqual([
    expect.stringMatching(
      /^r\.yaml:1:\d+: .*RouteTable t: model mine: there is no model gpt-6; did you mean "gpt-5"\?$/,
    ),
  ]);
  expect(() => findTarget(found, { model: "mine" })).toThrow("The model mine is closed");
});

test.each([
  [
    "leads to itself",
    "{ name: a, choose: [{ when: prompt.code, model: b }, { model: gpt-5 }] }, { name: b, choose: [{ when: prompt.json, model: a }, { model: gpt-5 }] }",
    "RouteTable t: model b chooses itself in the end: a, then b, then a",
  ],
  [
    "leads to a workflow",
    "{ name: a, choose: [{ when: prompt.code, model: two-steps }, { model: gpt-5 }] }",
    "RouteTable t: model a: two-steps is a workflow; only models can be chosen",
  ],
  [
    "asks one that chooses",
    "{ name: a, choose: [{ when: \"prompt.intent == 'x'\", model: gpt-5 }], intents: { model: auto, of: { x: y } } }",
    "RouteTable t: model a: the intent is asked of auto, which chooses a model itself; name one that answers",
  ],
  [
    "has a *",
    "{ name: 'a-*', choose: [{ when: prompt.code, model: gpt-5 }] }",
    "spec.models[0].name: a model that chooses has one name, without *",
  ],
  [
    "has a destination too",
    "{ name: a, destination: { aiBackend: { name: openai } }, choose: [{ when: prompt.code, model: gpt-5 }] }",
    "spec.models[0]: either destination, targets or choose, one of them",
  ],
  [
    "repeats lost calls",
    "{ name: a, lostCall: repeat, choose: [{ when: prompt.code, model: gpt-5 }] }",
    "spec.models[0].lostCall: each of the models that it chooses from has its own",
  ],
])("a model that %s is refused", (_what, models, message) => {
  const { problems } = snapshotOf(base, table(models), workflow);
  expect(problems.map((problem) => problem.replace(/^r\.yaml:\d+:\d+: /, ""))).toEqual([message]);
});
