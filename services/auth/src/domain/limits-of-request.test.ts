import { compileContent } from "@sluice/resources/compile-content";
import { compileLimits } from "@sluice/resources/compile-limit";
import { compileSnapshot } from "@sluice/resources/compile-snapshot";
import { findTarget } from "@sluice/resources/find-target";
import { PriceList } from "@sluice/resources/price-list";
import { parseConfiguration } from "@sluice/resources/read-configuration";
import { readLimits } from "@sluice/resources/read-limits";
import { readResources } from "@sluice/resources/read-resources";
import { type Snapshot, snapshotSchema } from "@sluice/resources/snapshot";
import { expect, test } from "vitest";
import {
  type LimitedCaller,
  limitsComplexity,
  limitsOfRequest,
  type RequestLimit,
} from "./limits-of-request.ts";

const file = `
backends: { openai: { provider: openai } }
models: [{ name: cheap, backend: openai }, { name: dear, backend: openai }, { name: unpriced, backend: openai }]
prices:
  - { model: cheap, usdPerMillionTokens: { input: 1, output: 2 } }
  - { model: dear, usdPerMillionTokens: { input: 10, output: 20 } }
`;

/** A route to a workflow of two steps that ask models, with one limit of each unit. */
function snapshotWith(choices: string): Snapshot {
  const resources = `
apiVersion: sluice.dev/v1
kind: Workflow
metadata: { name: w }
spec:
  steps:
    - { name: first, model: cheap, messages: [{ from: input }] }
    - { name: text, template: "{{ steps.first.output }}" }
    - { name: second, ${choices}, messages: [{ role: user, content: "{{ steps.text.output }}" }] }
---
apiVersion: sluice.dev/v1
kind: AIPolicy
metadata: { name: few }
spec:
  limits: [{ requests: 1, interval: 1m }, { tokens: 10, interval: 1m }, { usd: "1", interval: 1m }]
---
apiVersion: sluice.dev/v1
kind: RouteTable
metadata: { name: t }
spec: { routes: [{ destination: { workflow: { name: w } }, policies: { ai: [{ name: few }] } }] }
`;
  const base = compileSnapshot(parseConfiguration(file, "sluice.yaml"), "/");
  const { content } = compileContent(base, readResources([{ text: resources, name: "r.yaml" }]).resources);
  return snapshotSchema.parse({ ...content, revision: 1, appliedAtMs: 0 });
}

const anyone: LimitedCaller = { identity: { keyId: "key_1", tags: [] } };

/** The limits of a request for a model, or by a route. */
function limits(snapshot: Snapshot, { model = "", route, caller = anyone }: Asked): RequestLimit[] {
  const target = findTarget(snapshot, { model, ...(route === undefined ? {} : { route }) });
  if (target === undefined) throw new Error("there is no target");
  const envelope = { bodyBytes: 300, maxOutputTokens: 50, operation: "chat", model } as const;
  return limitsOfRequest(snapshot, target, envelope, new PriceList(), caller);
}

interface Asked {
  model?: string;
  route?: string;
  caller?: LimitedCaller;
}

function amounts(snapshot: Snapshot): number[] {
  return limits(snapshot, { route: "t/0" }).map(({ amount }) => amount);
}

test("a workflow is taken for one request of as many calls as it has steps that ask, each at its dearest", () => {
  const choices = `choose: [{ when: "steps.first.output == 'x'", model: dear }, { model: cheap }]`;
  // 100 tokens in and 50 out a call: 200,000 nano-dollars at the cheap model, ten times that at the dear one.
  expect(amounts(snapshotWith(choices))).toEqual([1, 300, 2_200_000]);
});

test("a workflow may not ask a model without a price where the cost is limited", () => {
  const message = "The cost of this request is limited, and there is no price for the model unpriced.";
  expect(() => amounts(snapshotWith("model: unpriced"))).toThrow(message);
});

test("complexity is what the limit's formula gives of the request, or the usual one", () => {
  const written = [
    "complexity: 5000, interval: 1m",
    "complexity: 5000, calendar: day, of: 'model == \"cheap\" ? 2 * outputTokens : 1000.0'",
    "complexity: 400, each: request",
  ];
  const consumer = {
    name: "c",
    reach: undefined,
    limits: compileLimits("Consumer c", readLimits(written)),
    identify: (identity: LimitedCaller["identity"]) => identity,
  };
  const snapshot = snapshotWith("model: cheap");
  const target = findTarget(snapshot, { model: "cheap" });
  if (target === undefined) throw new Error("there is no target");
  const envelope = { bodyBytes: 300, maxOutputTokens: 50, operation: "chat", model: "cheap" } as const;
  const caller = { ...anyone, consumer };
  expect(limitsComplexity(snapshot, target, envelope, caller)).toBe(true);
  expect(limitsComplexity(snapshot, target, envelope, anyone)).toBe(false);
  const prompt = { messages: 2, tools: 1, images: 0 };
  const all = limitsOfRequest(snapshot, target, envelope, new PriceList(), caller, prompt);
  expect(all.map(({ unit, amount }) => [unit, amount])).toEqual([
    ["complexity", 400],
    ["complexity", 100],
    ["complexity", 400],
  ]);
});

test("limits of a workflow hold for its requests by name and by route, besides those of the route", () => {
  const resources = `
apiVersion: sluice.dev/v1
kind: AIPolicy
metadata: { name: ours }
spec: { limits: [{ name: day, tokens: 9000, calendar: day, per: [team] }] }
---
apiVersion: sluice.dev/v1
kind: Workflow
metadata: { name: w }
spec:
  policies: { ai: [{ name: ours }] }
  steps: [{ name: only, model: cheap, messages: [{ from: input }] }]
---
apiVersion: sluice.dev/v1
kind: RouteTable
metadata: { name: t }
spec: { routes: [{ destination: { workflow: { name: w } } }] }
`;
  const base = compileSnapshot(parseConfiguration(file, "sluice.yaml"), "/");
  const read = readResources([{ text: resources, name: "r.yaml" }]);
  const { content, problems } = compileContent(base, read.resources);
  expect(problems).toEqual([]);
  const snapshot = snapshotSchema.parse({ ...content, revision: 1, appliedAtMs: 0 });
  const expected = [{ id: "ours/day", scope: "all&team=", unit: "total_tokens", amount: 150 }];
  expect(limits(snapshot, { model: "w" })).toMatchObject(expected);
  expect(limits(snapshot, { route: "t/0" })).toMatchObject(expected);
});

/** A file with limits of each kind on a model, of all models and of a key. */
const limited = `
models:
  - { name: gpt-4o-mini, backend: openai, limits: [{ inputTokens: 1000, interval: 1m, per: [user] }] }
  - { name: gpt-*, backend: openai }
  - { name: best-*, backend: openai, providerModel: gpt-4o }
virtualModels: [{ name: fast, model: gpt-4o-mini }]
defaults:
  limits:
    - { requests: 5, calendar: day, timeZone: Europe/Berlin, per: [team, model], name: daily }
    - { outputTokens: 1000, interval: 1s, burst: 2000, per: [key] }
    - { concurrent: 3, mode: shadow }
`;

function limitedSnapshot(): Snapshot {
  const base = compileSnapshot(parseConfiguration(limited, "sluice.yaml"), "/");
  const { content, problems } = compileContent(base, []);
  expect(problems).toEqual([]);
  return snapshotSchema.parse({ ...content, revision: 1, appliedAtMs: 0 });
}

test("a request comes under the limits of all models, of its own, of its consumer and of its key, each by its facts", () => {
  const own = (owner: string, text: string) => compileLimits(owner, readLimits([text]));
  const caller: LimitedCaller = {
    identity: { keyId: "key_1", user: "ada", team: "a&b=c", tags: [] },
    consumer: {
      name: "research",
      reach: undefined,
      limits: own("Consumer research", "usd: '5', interval: 1d, per: [application]"),
      identify: (identity) => identity,
    },
    key: {
      identity: { keyId: "key_1", tags: [] },
      expiresAtMs: undefined,
      consumer: undefined,
      limits: own("key ci", "tokens: 100, interval: 1m, per: [model]"),
      allowedModels: undefined,
      mayUse: () => true,
    },
  };
  const found = limits(limitedSnapshot(), { model: "gpt-4o-mini", caller });
  expect(found.map(({ id, scope, unit, amount }) => [id, scope, unit, amount])).toEqual([
    ["sluice-yaml.limits/daily", "all&team=a%26b%3Dc&model=gpt-4o-mini", "requests", 1],
    ["sluice-yaml.limits/1", "all&key=key_1", "output_tokens", 50],
    ["sluice-yaml.limits/2", "all", "concurrent_calls", 1],
    ["sluice-yaml.limits.gpt-4o-mini/0", "all&user=ada", "input_tokens", 100],
    ["Consumer research/0", "all&application=", "cost_nano_usd", expect.any(Number)],
    ["key ci/0", "all&key=key_1&model=gpt-4o-mini", "total_tokens", 150],
  ]);
});

test("a shadow limit of costs refuses nothing where nobody knows the price", () => {
  const shadow = compileLimits("Consumer c", readLimits(["usd: 1, interval: 1d, mode: shadow"]));
  const consumer = { name: "c", reach: undefined, limits: shadow, identify: () => anyone.identity };
  const base = compileSnapshot(parseConfiguration(file, "sluice.yaml"), "/");
  const snapshot = snapshotSchema.parse({ ...compileContent(base, []).content, revision: 1, appliedAtMs: 0 });
  const found = limits(snapshot, { model: "unpriced", caller: { ...anyone, consumer } });
  expect(found.map(({ amount }) => amount)).toEqual([0]);
});

test("another name for a model has the counters of the model", () => {
  const snapshot = limitedSnapshot();
  const counters = (model: string) => limits(snapshot, { model }).map(({ id, scope }) => `${id} ${scope}`);
  expect(counters("fast")).toEqual(counters("gpt-4o-mini"));
  // Whatever the client calls it: it is the same for the provider.
  expect(counters("best-1")).toEqual(counters("gpt-4o"));
  expect(counters("best-1")).not.toEqual(counters("gpt-4.1"));
});

test("several targets under one name, and a route to a model, come under the limits of the models and are taken for the dearest", () => {
  const several = `
backends: { openai: { provider: openai } }
models:
  - { name: cheap, backend: openai, limits: [{ usd: 5, interval: 1d }] }
  - { name: dear, backend: openai, limits: [{ usd: 7, interval: 1d }] }
virtualModels: [{ name: either, targets: [cheap, dear] }]
prices:
  - { model: cheap, usdPerMillionTokens: { input: 1, output: 2 } }
  - { model: dear, usdPerMillionTokens: { input: 10, output: 20 } }
`;
  const table = `
apiVersion: sluice.dev/v1
kind: RouteTable
metadata: { name: t }
spec: { routes: [{ destination: { model: either } }] }
`;
  const base = compileSnapshot(parseConfiguration(several, "sluice.yaml"), "/");
  const { content, problems } = compileContent(
    base,
    readResources([{ text: table, name: "r.yaml" }]).resources,
  );
  expect(problems).toEqual([]);
  const snapshot = snapshotSchema.parse({ ...content, revision: 1, appliedAtMs: 0 });
  const both = [
    ["sluice-yaml.limits.cheap/0", 2_000_000],
    ["sluice-yaml.limits.dear/0", 2_000_000],
  ];
  for (const asked of [{ model: "either" }, { route: "t/0" }]) {
    expect(limits(snapshot, asked).map(({ id, amount }) => [id, amount])).toEqual(both);
  }
});

test("a policy with limits for two routes is one for both, or for each where it says so", () => {
  const text = `
{ apiVersion: sluice.dev/v1, kind: AIPolicy, metadata: { name: p }, spec: { applyTo: { routeTables: [{ name: t }] }, limits: [{ requests: 1, interval: 1m }, { tokens: 9, interval: 1m, per: [route] }] } }
---
{ apiVersion: sluice.dev/v1, kind: ExternalService, metadata: { name: s }, spec: { hosts: [s.example], ports: [{ number: 80, protocol: HTTP }] } }
---
apiVersion: sluice.dev/v1
kind: RouteTable
metadata: { name: t }
spec:
  authentication: optional
  routes:
    - { name: a, match: [{ path: { prefix: /a } }], destination: { externalService: { name: s } } }
    - { name: b, match: [{ path: { prefix: /b } }], destination: { externalService: { name: s } } }
`;
  const read = readResources([{ text, name: "r.yaml" }]);
  expect(read.problems).toEqual([]);
  const { content } = compileContent(undefined, read.resources);
  const snapshot = snapshotSchema.parse({ ...content, revision: 1, appliedAtMs: 0 });
  const scopes = (route: string) => limits(snapshot, { route }).map(({ scope }) => scope);
  expect(scopes("t/a")).toEqual(["all", "all&route=t%2Fa"]);
  expect(scopes("t/b")).toEqual(["all", "all&route=t%2Fb"]);
});

test("a workflow comes under the limits of the models of its steps, each once", () => {
  const resources = `
apiVersion: sluice.dev/v1
kind: Workflow
metadata: { name: w }
spec:
  steps:
    - { name: first, model: gpt-4o-mini, messages: [{ from: input }] }
    - { name: second, model: fast, messages: [{ role: user, content: "{{ steps.first.output }}" }] }
`;
  const base = compileSnapshot(parseConfiguration(limited, "sluice.yaml"), "/");
  const { content } = compileContent(base, readResources([{ text: resources, name: "r.yaml" }]).resources);
  const snapshot = snapshotSchema.parse({ ...content, revision: 1, appliedAtMs: 0 });
  expect(limits(snapshot, { model: "w" }).map(({ id, amount }) => [id, amount])).toEqual([
    ["sluice-yaml.limits/daily", 1],
    ["sluice-yaml.limits/1", 100],
    ["sluice-yaml.limits/2", 1],
    ["sluice-yaml.limits.gpt-4o-mini/0", 200],
  ]);
});
