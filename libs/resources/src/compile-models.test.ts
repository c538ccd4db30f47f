import { expect, test } from "vitest";
import { compileContent } from "./compile-content.ts";
import { formatProblem } from "./configuration-problem.ts";
import { findModel, servesModel } from "./find-model.ts";
import { readConfiguration } from "./read-configuration.ts";
import { readResources } from "./read-resources.ts";
import { type BaseContent, snapshotSchema } from "./snapshot.ts";

function resource(kind: string, name: string, spec: string): string {
  return `{ apiVersion: sluice.dev/v1, kind: ${kind}, metadata: { name: ${name} }, spec: ${spec} }`;
}

const gpt = resource("AIBackend", "gpt", "{ provider: openai, model: gpt-5 }");
const house = resource("AIBackend", "house", "{ provider: openai }");
const masking = resource("AIPolicy", "masking", "{ prompt: [{ detector: email, action: mask }] }");

function table(name: string, ...models: string[]): string {
  return resource("RouteTable", name, `{ models: [${models.map((model) => `{ ${model} }`).join(", ")}] }`);
}

const toGpt = "destination: { aiBackend: { name: gpt } }";
const toHouse = "destination: { aiBackend: { name: house } }";

/** Resources, each in a line of its own, and what becomes of them. */
function compiled(lines: string[], base?: BaseContent) {
  const { resources, problems: unread } = readResources([{ text: lines.join("\n---\n"), name: "r.yaml" }]);
  const { content, warnings, problems } = compileContent(base, resources);
  return {
    content,
    warnings: warnings.map(formatProblem),
    problems: [...unread, ...problems].map(formatProblem),
  };
}

/** A problem without its file, line and column. */
const withoutPlace = (text: string): string => text.replace(/^r\.yaml:\d+:\d+: /, "");

test("models of route tables are served as those of a configuration file, after these", () => {
  const base = readConfiguration("models: [gpt-4o-mini]", "sluice.yaml", "/").content;
  const lines = [
    gpt,
    house,
    masking,
    table("m", `name: best, ${toGpt}`, `name: house-*, ${toHouse}, providerModel: '*', listed: [house-s]`),
    table(
      "n",
      `name: safe, ${toGpt}, providerModel: gpt-5-mini, policies: { ai: [{ name: masking }] }, lostCall: repeat`,
    ),
  ];
  const { content, warnings, problems } = compiled(lines, base);
  expect({ warnings, problems }).toEqual({ warnings: [], problems: [] });
  expect(content.models.slice(1)).toEqual([
    {
      name: "best",
      backend: "gpt",
      providerModel: "gpt-5",
      listed: ["best"],
      guardPolicies: [],
      lostCall: "fail",
    },
    {
      name: "house-*",
      backend: "house",
      providerModel: "*",
      listed: ["house-s"],
      guardPolicies: [],
      lostCall: "fail",
    },
    {
      name: "safe",
      backend: "gpt",
      providerModel: "gpt-5-mini",
      listed: ["safe"],
      guardPolicies: ["AIPolicy masking"],
      lostCall: "repeat",
    },
  ]);
  const snapshot = snapshotSchema.parse({ ...content, revision: 1, appliedAtMs: 0 });
  expect(findModel(snapshot, "house-x")).toMatchObject({ backendName: "house", providerModel: "x" });
  expect(findModel(snapshot, "gpt-4o-mini")).toMatchObject({ backendName: "openai" });
});

test("a model of several targets is found with all of them", () => {
  const targets =
    "targets: [{ aiBackend: { name: gpt }, weight: 3 }, { aiBackend: { name: house }, providerModel: '*', priority: 1 }]";
  const { content, warnings, problems } = compiled([
    gpt,
    house,
    table("m", `name: both-*, ${targets}, sticky: key`),
  ]);
  expect({ warnings, problems }).toEqual({ warnings: [], problems: [] });
  const snapshot = snapshotSchema.parse({ ...content, revision: 1, appliedAtMs: 0 });
  const found = findModel(snapshot, "both-x");
  expect(found).toMatchObject({ backendName: "gpt", providerModel: "gpt-5" });
  expect(found?.pool).toEqual({
    sticky: "key",
    strategy: "weighted",
    targets: [
      { backendName: "gpt", backend: snapshot.backends.gpt, providerModel: "gpt-5", weight: 3, priority: 0 },
      { backendName: "house", backend: snapshot.backends.house, providerModel: "x", weight: 1, priority: 1 },
    ],
  });
});

test("a target that lacks something is done without, and warned of; a model without any is closed", () => {
  const targets = "targets: [{ aiBackend: { name: none } }, { aiBackend: { name: house } }]";
  const one = compiled([house, table("m", `name: best, ${targets}`)]);
  expect(one.warnings).toEqual(["r.yaml:3:133: model best: there is no AIBackend none"]);
  expect(one.content.models[0]).toMatchObject({
    backend: "house",
    pool: { targets: [{ backend: "house" }] },
  });
  expect(one.content.models[0]?.unavailable).toBeUndefined();
  const none = compiled([table("m", `name: best, ${targets}`)]);
  expect(none.content.models[0]?.unavailable).toBe("there is no AIBackend none; there is no AIBackend house");
});

test.each([
  ["neither", "", "spec.models[0]: either destination, targets or choose, one of them"],
  [
    "both",
    `${toGpt}, targets: [{ aiBackend: { name: gpt } }]`,
    "spec.models[0]: either destination, targets or choose, one of them",
  ],
  [
    "no weight",
    "targets: [{ aiBackend: { name: gpt }, weight: 0 }]",
    "spec.models[0].targets: one of them needs a weight above 0",
  ],
  [
    "a model of its own",
    "providerModel: x, targets: [{ aiBackend: { name: gpt } }]",
    "spec.models[0].providerModel: each of the targets has its own: name it there",
  ],
  [
    "a * without one in its name",
    "targets: [{ aiBackend: { name: gpt }, providerModel: 'x*' }]",
    "spec.models[0].targets[0].providerModel: a * stands for nothing here, because the model's name has none",
  ],
  [
    "a strategy alone",
    `${toGpt}, strategy: least-busy`,
    "spec.models[0].strategy: does nothing without targets",
  ],
  ["stickiness alone", `${toGpt}, sticky: user`, "spec.models[0].sticky: does nothing without targets"],
])("a model with %s has the problem", (_title, spec, problem) => {
  const { problems } = compiled([
    gpt,
    table("m", ["name: best", spec].filter((part) => part !== "").join(", ")),
  ]);
  expect(problems.map(withoutPlace)).toEqual([problem]);
});

test("a policy that chooses a table covers its models", () => {
  const policy = resource(
    "AIPolicy",
    "all",
    "{ applyTo: { routeTables: [{ name: m }] }, prompt: [{ detector: email, action: mask }] }",
  );
  const { content, warnings } = compiled([gpt, policy, table("m", `name: best, ${toGpt}`)]);
  expect(content.models[0]?.guardPolicies).toEqual(["AIPolicy all"]);
  expect(warnings).toEqual([]);
});

const secret = resource("AIBackend", "gpt", "{ provider: openai, credentials: { secret: { name: s } } }");
test.each<[title: string, lines: string[], unavailable: string, warning: string]>([
  [
    "AIBackend",
    [table("m", `name: best, ${toGpt}`)],
    "there is no AIBackend gpt",
    "model best: there is no AIBackend gpt",
  ],
  [
    "AIPolicy",
    [gpt, table("m", `name: best, ${toGpt}, policies: { ai: [{ name: none }] }`)],
    "there is no AIPolicy none",
    "model best: there is no AIPolicy none",
  ],
  [
    "Secret of its AIBackend",
    [secret, table("m", `name: best, ${toGpt}`)],
    "there is no Secret s",
    "AIBackend gpt: there is no Secret s",
  ],
])("a model without its %s is closed, and warned of", (_title, lines, unavailable, warning) => {
  const { content, warnings } = compiled(lines);
  expect(content.models[0]?.unavailable).toBe(unavailable);
  expect(warnings.map(withoutPlace)).toEqual([warning]);
  const snapshot = snapshotSchema.parse({ ...content, revision: 1, appliedAtMs: 0 });
  expect(servesModel(snapshot, "best")).toBe(false);
  expect(() => findModel(snapshot, "best")).toThrow("The model best is closed: it lacks what it refers to.");
  expect(findModel(snapshot, "other")).toBeUndefined();
});

test.each<[title: string, lines: string[], problem: string]>([
  [
    "two of one name",
    [gpt, table("m", `name: best, ${toGpt}`), table("n", `name: best, ${toGpt}`)],
    "RouteTable n: model best: RouteTable m has a model of this name",
  ],
  [
    "one that a configuration file has",
    [gpt, table("m", `name: gpt-4o-mini, ${toGpt}`)],
    "RouteTable m: the configuration file has a model gpt-4o-mini",
  ],
  [
    "a Hugging Face model",
    [
      resource("AIBackend", "gpt", "{ provider: huggingface, url: 'https://hf.example/m' }"),
      table("m", `name: best, ${toGpt}`),
    ],
    "RouteTable m: model best: the AIBackend is called as it is, in no dialect; it takes a route",
  ],
  [
    "nothing",
    [resource("RouteTable", "m", "{}")],
    "spec: the table has neither routes nor models, so it would do nothing",
  ],
  [
    "another ending",
    [gpt, table("m", `name: gpt-*, ${toGpt}, listed: [x]`)],
    "spec.models[0].listed[0]: does not begin as the model's name, gpt-*",
  ],
  [
    "a list of one",
    [gpt, table("m", `name: best, ${toGpt}, listed: [best]`)],
    "spec.models[0].listed: only a name with * has a list; a plain name is listed as it is",
  ],
  [
    "a * that stands for nothing",
    [gpt, table("m", `name: best, ${toGpt}, providerModel: 'x*'`)],
    "spec.models[0].providerModel: a * stands for nothing here, because the model's name has none",
  ],
])("models with %s are refused", (_title, lines, problem) => {
  const base = readConfiguration("models: [gpt-4o-mini]", "sluice.yaml", "/").content;
  expect(compiled(lines, base).problems.map(withoutPlace)).toEqual([problem]);
});

test("settings go before those of a configuration file, as far as they say something", () => {
  const base = readConfiguration(
    "models: [gpt-4o-mini]\nledger: { unrecordedCalls: allow }\nprices: [{ model: a, usdPerMillionTokens: { input: 1 } }]",
    "sluice.yaml",
    "/",
  ).content;
  const settings = resource(
    "GatewaySettings",
    "s",
    "{ gateway: { maxBody: 1MiB }, prices: [{ model: b, backend: gpt, usdPerMillionTokens: { input: 2 } }] }",
  );
  const { content, warnings } = compiled([settings, gpt], base);
  expect(warnings).toEqual([]);
  expect(content.gateway).toMatchObject({ maxBodyBytes: 1_048_576, maxOpenRequests: 2_000 });
  expect(content.ledger).toEqual({ unrecordedCalls: "allow" });
  expect(content.prices.map(({ model }) => model)).toEqual(["b", "a"]);
});

test("settings are refused twice, and warned of a backend that is not there", () => {
  const price = "{ prices: [{ model: b, backend: gtp, usdPerMillionTokens: { input: 2 } }] }";
  const { warnings, problems } = compiled([
    resource("GatewaySettings", "s", price),
    resource("GatewaySettings", "t", "{}"),
    gpt,
  ]);
  expect(warnings.map(withoutPlace)).toEqual([
    'GatewaySettings s: price of b: there is no AIBackend gtp; did you mean "gpt"?',
  ]);
  expect(problems.map(withoutPlace)).toEqual(["GatewaySettings t: there can be one, and s is one already"]);
});

test("an address may be taken from the environment", () => {
  const from = "urlFrom: { env: HOUSE_URL, fallback: 'https://llm.example/v1' }";
  const { content } = compiled([resource("AIBackend", "house", `{ provider: openai, ${from} }`)]);
  expect(content.backends.house?.baseUrl).toEqual({ env: "HOUSE_URL", fallback: "https://llm.example/v1" });
  const both = resource("AIBackend", "house", `{ provider: openai, url: 'https://a.example', ${from} }`);
  expect(compiled([both]).problems.map(withoutPlace)).toEqual([
    "spec.urlFrom: either url or urlFrom, one of them",
  ]);
});

const ttl = (minutes: number, more = ""): string => `{ caching: { ttl: ${minutes}m${more} } }`;
const usualCaching = { scope: "team", allowTools: false, maxBytes: 1024 ** 2, tags: [] };

test("of several policies with caching the strictest counts, field by field", () => {
  const { content, problems } = compiled([
    gpt,
    resource("AIPolicy", "long", ttl(60, ", scope: key, allowTools: true, tags: [a, b], maxSize: 4MiB")),
    resource(
      "AIPolicy",
      "short",
      ttl(5, ", scope: global, maxTemperature: 0.5, allowTools: true, tags: [b, c]"),
    ),
    table(
      "m",
      `name: best, ${toGpt}, policies: { ai: [{ name: long }, { name: short }] }`,
      `name: other, ${toGpt}`,
    ),
  ]);
  expect(problems).toEqual([]);
  expect(content.models.map(({ caching }) => caching)).toEqual([
    {
      ttlMs: 300_000,
      scope: "key",
      maxTemperature: 0.5,
      allowTools: true,
      maxBytes: 1024 ** 2,
      tags: ["a", "b", "c"],
    },
    undefined,
  ]);
});

test.each<[what: string, yaml: string, caching: Record<string, object | undefined>]>([
  [
    "a model says so itself, in place of defaults, or never",
    "models: [gpt-4o, { name: gpt-5, caching: { ttl: 1h } }, { name: o3, caching: false }]\ndefaults: { caching: { ttl: 1m } }",
    {
      "gpt-4o": { ...usualCaching, ttlMs: 60_000 },
      "gpt-5": { ...usualCaching, ttlMs: 3_600_000 },
      o3: undefined,
    },
  ],
  [
    "another name is cached as the models behind it, and not where one of them is not",
    `models: [gpt-4o, { name: gpt-5, caching: { ttl: 1h, scope: user } }, { name: o3, caching: false }]
virtualModels: [{ name: both, targets: [gpt-4o, gpt-5] }, { name: never, targets: [gpt-4o, o3] }, { name: one, model: gpt-5 }]
defaults: { caching: { ttl: 1m } }`,
    {
      both: { ...usualCaching, ttlMs: 60_000, scope: "user" },
      never: undefined,
      one: { ...usualCaching, ttlMs: 3_600_000, scope: "user" },
    },
  ],
  [
    "another name says so itself, or never",
    `models: [{ name: gpt-5, caching: { ttl: 1h } }]
virtualModels: [{ name: own, model: gpt-5, caching: { ttl: 2h } }, { name: never, model: gpt-5, caching: false }]`,
    { own: { ...usualCaching, ttlMs: 7_200_000 }, never: undefined },
  ],
])("in sluice.yaml %s", (_what, yaml, expected) => {
  const { models } = readConfiguration(yaml, "sluice.yaml", "/").content;
  const found = Object.fromEntries(models.map(({ name, caching }) => [name, caching]));
  expect(found).toMatchObject(expected);
  expect(models.every((model) => snapshotSchema.shape.models.element.safeParse(model).success)).toBe(true);
});
