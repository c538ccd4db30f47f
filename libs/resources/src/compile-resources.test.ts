import { createFingerprintKey, createSealingKey, publicSealingKey } from "@sluice/sealing/sealing-keys";
import { expect, test } from "vitest";
import { compileContent } from "./compile-content.ts";
import { compileSnapshot } from "./compile-snapshot.ts";
import { formatProblem } from "./configuration-problem.ts";
import type { HttpRoute } from "./http-route.ts";
import { parseConfiguration } from "./read-configuration.ts";
import { readResources } from "./read-resources.ts";
import { sealSecrets } from "./seal-secrets.ts";
import { type BaseContent, snapshotContentSchema } from "./snapshot.ts";

const keys = {
  publicKey: publicSealingKey(createSealingKey()),
  fingerprintKey: createFingerprintKey(),
};

/** Resources, each in a line of its own from the first on, and what becomes of them. */
async function compiled(lines: string[], base?: BaseContent) {
  const text = lines.join("\n---\n");
  const read = readResources([{ text, name: "r.yaml" }]);
  expect(read.problems.map(formatProblem)).toEqual([]);
  const sealed = await sealSecrets(read.resources, { keys, before: () => undefined });
  const { content, warnings, problems } = compileContent(base, sealed.resources);
  return {
    content,
    warnings: warnings.map(formatProblem),
    problems: [...sealed.problems, ...problems].map(formatProblem),
  };
}

function resource(kind: string, name: string, spec: string): string {
  return `{ apiVersion: sluice.dev/v1, kind: ${kind}, metadata: ${name.startsWith("{") ? name : `{ name: ${name} }`}, spec: ${spec} }`;
}

const service = resource(
  "ExternalService",
  "svc",
  "{ hosts: [svc.example], ports: [{ number: 80, protocol: HTTP }] }",
);
const backend = resource("AIBackend", "gpt", "{ provider: openai, credentials: { env: KEY } }");
const hosted = resource(
  "AIBackend",
  "hf",
  "{ provider: huggingface, url: 'https://hf.example/m', credentials: { env: KEY } }",
);
const toService = "destination: { externalService: { name: svc } }";
const toBackend = "destination: { aiBackend: { name: gpt } }";

function table(name: string, ...routes: string[]): string {
  return resource("RouteTable", name, `{ routes: [${routes.map((route) => `{ ${route} }`).join(", ")}] }`);
}

/** Where a text stands in the line of a resource; resources are in every second line. */
function place(lines: string[], index: number, text: string): string {
  return `r.yaml:${index * 2 + 1}:${(lines[index] ?? "").indexOf(text) + 1}`;
}

const caching = "caching: { ttl: 1m }";

test.each<[title: string, lines: string[], index: number, at: string, message: string]>([
  [
    "a rewrite on a route to a model",
    [backend, table("t", `name: a, rewrite: { path: /x }, ${toBackend}`)],
    1,
    "a, rewrite",
    "RouteTable t: route t/a: rewrite is for an externalService; an AIBackend has its own paths",
  ],
  [
    "a rewrite on a route to a model that is called at its own address",
    [hosted, table("t", "name: a, rewrite: { path: /x }, destination: { aiBackend: { name: hf } }")],
    1,
    "a, rewrite",
    "RouteTable t: route t/a: rewrite is for an externalService; an AIBackend has its own paths",
  ],
  [
    "a transformation on a route to a model",
    [
      backend,
      table("t", `policies: { transformation: { name: p } }, ${toBackend}`),
      resource("TransformationPolicy", "p", "{ request: { removeHeaders: [x] } }"),
    ],
    2,
    "p }",
    "TransformationPolicy p: route t/0 leads to a model that is called in its dialect, which takes no transformation",
  ],
  [
    "a route that does not say which port is meant",
    [
      resource(
        "ExternalService",
        "svc",
        "{ hosts: [a], ports: [{ number: 80, protocol: HTTP }, { number: 443, protocol: HTTPS }] }",
      ),
      table("t", toService),
    ],
    1,
    "svc",
    "RouteTable t: route t/0 must say which port of the ExternalService is meant: 80, 443",
  ],
  [
    "a port that there is not",
    [service, table("t", "destination: { externalService: { name: svc, port: 8080 } }")],
    1,
    "svc",
    "RouteTable t: route t/0: the ExternalService has no port 8080, only 80",
  ],
  [
    "two routes for the same path",
    [
      service,
      table("t", `name: a, match: [{ path: { exact: /x } }], ${toService}`),
      table("u", `match: [{ path: { exact: /x } }], ${toService}`),
    ],
    2,
    "/x",
    "RouteTable u: route u/0 is never reached: t/a is for the same requests (exact /x of host *)",
  ],
  [
    "two routes for the same prefix, one with a slash at its end",
    [
      service,
      table(
        "t",
        `match: [{ path: { prefix: /x } }], ${toService}`,
        `match: [{ path: { prefix: /x/ } }], ${toService}`,
      ),
    ],
    1,
    "/x/",
    "RouteTable t: route t/1 is never reached: t/0 is for the same requests (prefix /x/ of host *)",
  ],
  [
    "two policies of a kind that a route can have one of",
    [
      service,
      table("t", `labels: { a: b }, policies: { auth: { name: p } }, ${toService}`),
      resource("AuthPolicy", "p", "{ virtualKeys: {} }"),
      resource("AuthPolicy", "q", "{ anonymous: {}, applyTo: { routes: [{ labels: { a: b } }] } }"),
    ],
    1,
    "{ apiVersion",
    "RouteTable t: route t/0 has two policies of the kind AuthPolicy, p and q; it can have one",
  ],
  [
    "two transformations, one by the route's labels and one by its table",
    [
      service,
      table("t", `labels: { a: b }, ${toService}`),
      resource(
        "TransformationPolicy",
        "p",
        "{ request: { removeHeaders: [x] }, applyTo: { routeTables: [{ name: t }] } }",
      ),
      resource(
        "TransformationPolicy",
        "q",
        "{ request: { removeHeaders: [y] }, applyTo: { routes: [{ labels: { a: b } }] } }",
      ),
    ],
    1,
    "{ apiVersion",
    "RouteTable t: route t/0 has two policies of the kind TransformationPolicy, p and q; it can have one",
  ],
  [
    "a port that another gateway listens on",
    [
      service,
      table("t", toService),
      resource(
        "VirtualGateway",
        "g",
        "{ listeners: [{ port: 8081, routes: [{ routeTable: { name: t } }] }] }",
      ),
      resource(
        "VirtualGateway",
        "h",
        "{ listeners: [{ port: 8081, routes: [{ routeTable: { name: t } }] }] }",
      ),
    ],
    3,
    "8081",
    "VirtualGateway h: the gateway g listens on port 8081 already",
  ],
])("%s can't be taken", async (_title, lines, index, at, message) => {
  const { problems } = await compiled(lines);
  expect(problems).toEqual([`${place(lines, index, at)}: ${message}`]);
});

test("an entry of a Secret that is no text can't be taken, and is not repeated", async () => {
  const lines = [resource("Secret", "s", "{ data: { fine: YQ==, bad: /w== } }")];
  const { problems } = await compiled(lines);
  expect(problems).toEqual([`${place(lines, 0, "/w==")}: Secret s: the entry bad is no text in UTF-8`]);
});

test("a backend of the configuration file and one of the same name can't be told apart", async () => {
  const file = parseConfiguration(
    "backends: { gpt: { provider: openai } }\nmodels: [{ name: m, backend: gpt }]",
    "sluice.yaml",
  );
  const base = compileSnapshot(file, "/");
  const { problems } = await compiled([backend], base);
  expect(problems).toEqual([
    `${place([backend], 0, "gpt")}: AIBackend gpt: the configuration file has an AIBackend of this name, which is changed only there`,
  ]);
});

/** The route of that name. */
function routeOf({ content }: Awaited<ReturnType<typeof compiled>>, name: string): HttpRoute {
  const found = content.routes.find((route) => route.name === name);
  if (found === undefined) throw new Error(`there is no route ${name}`);
  return found;
}

test.each<[title: string, lines: string[], index: number, at: string, warning: string, unavailable: string]>([
  [
    "an AIBackend",
    [backend, table("t", "destination: { aiBackend: { name: gtp } }")],
    1,
    "gtp",
    'route t/0: there is no AIBackend gtp; did you mean "gpt"?',
    "there is no AIBackend gtp",
  ],
  [
    "an ExternalService of another namespace",
    [service, table("t", "destination: { externalService: { name: svc, namespace: far } }")],
    1,
    "svc",
    "route t/0: there is no ExternalService far/svc",
    "there is no ExternalService far/svc",
  ],
  [
    "an AIPolicy",
    [service, table("t", `policies: { ai: [{ name: p }] }, ${toService}`)],
    1,
    "p }",
    "route t/0: there is no AIPolicy p",
    "there is no AIPolicy p",
  ],
  [
    "an AuthPolicy",
    [service, table("t", `policies: { auth: { name: who } }, ${toService}`)],
    1,
    "who",
    "route t/0: there is no AuthPolicy who",
    "there is no AuthPolicy who",
  ],
  [
    "a TransformationPolicy",
    [service, table("t", `policies: { transformation: { name: how } }, ${toService}`)],
    1,
    "how",
    "route t/0: there is no TransformationPolicy how",
    "there is no TransformationPolicy how",
  ],
  [
    "the Secret of its AIBackend",
    [
      resource("AIBackend", "gpt", "{ provider: openai, credentials: { secret: { name: sesame } } }"),
      table("t", toBackend),
    ],
    0,
    "sesame",
    "AIBackend gpt: there is no Secret sesame",
    "there is no Secret sesame",
  ],
  [
    "the entry of its AIBackend's Secret",
    [
      resource(
        "AIBackend",
        "gpt",
        "{ provider: openai, credentials: { secret: { name: sesame, entry: key } } }",
      ),
      resource("Secret", "sesame", "{ stringData: { api-key: x } }"),
      table("t", toBackend),
    ],
    0,
    "sesame",
    "AIBackend gpt: the Secret sesame has no entry key",
    "the Secret sesame has no entry key",
  ],
])(
  "a route that lacks %s is closed, which is a warning",
  async (_what, lines, index, at, warning, unavailable) => {
    const result = await compiled(lines);
    expect(result.problems).toEqual([]);
    expect(result.warnings).toEqual([`${place(lines, index, at)}: ${warning}`]);
    expect(routeOf(result, "t/0").unavailable).toBe(unavailable);
    expect(() => snapshotContentSchema.parse(result.content)).not.toThrow();
  },
);

const keyPolicy =
  "{ applyTo: { routeTables: [{ name: t }] }, apiKey: { header: X-Key, secrets: { labels: { k: v } }, upstreamHeaders: { X-Out: out } } }";

test.each<[title: string, lines: string[], index: number, at: string, warning: string]>([
  [
    "an AIPolicy that covers no route",
    [resource("AIPolicy", "idle", `{ ${caching} }`)],
    0,
    "idle",
    "AIPolicy idle: it covers no route, so it does nothing",
  ],
  [
    "an AuthPolicy whose labels no route has",
    [
      service,
      table("t", toService),
      resource("AuthPolicy", "idle", "{ anonymous: {}, applyTo: { routes: [{ labels: { a: b } }] } }"),
    ],
    2,
    "idle",
    "AuthPolicy idle: it covers no route, so it does nothing",
  ],
  [
    "a TransformationPolicy for a route table that there is not",
    [
      resource(
        "TransformationPolicy",
        "idle",
        "{ request: { removeHeaders: [x] }, applyTo: { routeTables: [{ name: t }] } }",
      ),
    ],
    0,
    "idle",
    "TransformationPolicy idle: it covers no route, so it does nothing",
  ],
  [
    "keys of Secrets that there are not",
    [service, table("t", toService), resource("AuthPolicy", "keys", keyPolicy)],
    2,
    "keys",
    "AuthPolicy keys: no Secret of its namespace has the labels that it asks for, so nobody is let in",
  ],
  [
    "a Secret without the entry that is the key",
    [
      service,
      table("t", toService),
      resource("AuthPolicy", "keys", keyPolicy),
      resource("Secret", "{ name: s, labels: { k: v } }", "{ stringData: { out: x } }"),
    ],
    2,
    "keys",
    "AuthPolicy keys: the Secret s has no entry api-key, so it opens nothing",
  ],
  [
    "a Secret without an entry for a header of the destination",
    [
      service,
      table("t", toService),
      resource("AuthPolicy", "keys", keyPolicy),
      resource("Secret", "{ name: s, labels: { k: v } }", "{ stringData: { api-key: x } }"),
    ],
    2,
    "out }",
    "AuthPolicy keys: the Secret s has no entry out for x-out",
  ],
  [
    "a gateway that delegates to labels that no table has",
    [resource("VirtualGateway", "g", "{ listeners: [{ port: 80, routes: [{ labels: { app: lost } }] }] }")],
    0,
    "lost",
    "VirtualGateway g: no route table has the labels that it delegates to",
  ],
  [
    "a gateway that delegates to a table that there is not, beside others",
    [
      service,
      table("t", `match: [{ path: { prefix: /t } }], ${toService}`),
      table("u", `match: [{ path: { prefix: /u } }], ${toService}`),
      resource(
        "VirtualGateway",
        "g",
        "{ listeners: [{ port: 80, routes: [{ routeTable: { name: lost } }] }] }",
      ),
    ],
    3,
    "lost",
    "VirtualGateway g: there is no RouteTable lost",
  ],
  [
    "a gateway that delegates to a table where there is none at all",
    [
      resource(
        "VirtualGateway",
        "g",
        "{ listeners: [{ port: 80, routes: [{ routeTable: { name: lost } }] }] }",
      ),
    ],
    0,
    "lost",
    "VirtualGateway g: there is no RouteTable lost",
  ],
  [
    "a route that its gateway does not delegate",
    [
      service,
      table("inner", `match: [{ path: { prefix: /ai/x } }, { path: { prefix: /other } }], ${toService}`),
      resource(
        "VirtualGateway",
        "g",
        "{ listeners: [{ port: 80, routes: [{ path: { prefix: /ai }, routeTable: { name: inner } }] }] }",
      ),
    ],
    1,
    "inner",
    "RouteTable inner: route inner/0: a part of it is never reached, because its gateway does not delegate it",
  ],
])("%s is warned of", async (_title, lines, index, at, warning) => {
  const { warnings, problems } = await compiled(lines);
  expect(problems).toEqual([]);
  expect(warnings).toEqual([`${place(lines, index, at)}: ${warning}`]);
});

test("policies cover routes by name, by labels and by table, in their own namespace where none is named", async () => {
  const result = await compiled([
    service,
    table("t", `labels: { tier: gold, app: a }, policies: { ai: [{ name: by-name }] }, ${toService}`),
    resource("AIPolicy", "by-name", "{ limits: [{ requests: 1, interval: 1s }], caching: { ttl: 5m } }"),
    resource(
      "AIPolicy",
      "by-label",
      "{ limits: [{ tokens: 2, interval: 1m }], applyTo: { routes: [{ labels: { tier: gold } }] } }",
    ),
    resource(
      "AIPolicy",
      "by-table",
      "{ limits: [{ usd: '0.000000001', interval: 1h }], caching: { ttl: 1m }, applyTo: { routeTables: [{ name: t }] } }",
    ),
    resource(
      "AIPolicy",
      "{ name: far, namespace: far }",
      "{ limits: [{ tokens: 9, interval: 1m }], applyTo: { routeTables: [{ name: t }] } }",
    ),
    resource(
      "AIPolicy",
      "other",
      "{ limits: [{ tokens: 9, interval: 1m }], applyTo: { routes: [{ labels: { tier: gold, app: b } }] } }",
    ),
  ]);
  const route = routeOf(result, "t/0");
  expect(route.limits).toEqual([
    rolling("by-name/0", "requests", 1, 1_000),
    rolling("by-label/0", "total_tokens", 2, 60_000),
    rolling("by-table/0", "cost_nano_usd", 1, 3_600_000),
  ]);
  expect(route.caching).toMatchObject({ ttlMs: 60_000, scope: "team" });
  expect(result.warnings).toHaveLength(2);
});

test("a policy that is named and covers the route besides applies once", async () => {
  const result = await compiled([
    service,
    table("t", `policies: { ai: [{ name: p }, { name: p }] }, ${toService}`),
    resource(
      "AIPolicy",
      "p",
      "{ prompt: [{ detector: email, action: mask }], limits: [{ requests: 1, interval: 1s }], applyTo: { routeTables: [{ name: t }] } }",
    ),
  ]);
  const route = routeOf(result, "t/0");
  expect(route.limits.map(({ name }) => name)).toEqual(["p/0"]);
  expect(route.guardPolicies).toEqual(["AIPolicy p"]);
});

test("the largest amount that may be written is one that a snapshot may hold", async () => {
  const result = await compiled([
    service,
    table("t", toService),
    resource(
      "AIPolicy",
      "p",
      "{ limits: [{ usd: '9000000', interval: 1h }], applyTo: { routeTables: [{ name: t }] } }",
    ),
  ]);
  expect(result.problems).toEqual([]);
  expect(() => snapshotContentSchema.parse(result.content)).not.toThrow();
  expect(routeOf(result, "t/0").limits[0]?.policy.window).toMatchObject({ limit: 9e15 });
});

test.each([
  ["{ virtualKeys: {} }", "required", { type: "virtual_key", required: true }],
  ["{ anonymous: {} }", "required", { type: "virtual_key", required: false }],
  ["{ apiKey: { header: A, secrets: { labels: { k: v } } } }", "optional", { type: "api_key", policy: "p" }],
])("under the AuthPolicy %s a route asks for what it says", async (spec, authentication, auth) => {
  const result = await compiled([
    service,
    resource(
      "RouteTable",
      "t",
      `{ authentication: ${authentication}, routes: [{ policies: { auth: { name: p } }, ${toService} }] }`,
    ),
    resource("AuthPolicy", "p", spec),
  ]);
  expect(routeOf(result, "t/0").auth).toEqual(auth);
});

test.each([
  ["required", true],
  ["optional", false],
])("without an AuthPolicy a virtual key is %s as the table says", async (authentication, required) => {
  const result = await compiled([
    service,
    resource("RouteTable", "t", `{ authentication: ${authentication}, routes: [{ ${toService} }] }`),
  ]);
  expect(routeOf(result, "t/0").auth).toEqual({ type: "virtual_key", required });
});

test.each([
  ["openai", "https://llm.example/v1/chat/completions", "https://llm.example/v1"],
  ["openai", "https://llm.example/v1/", "https://llm.example/v1"],
  ["anthropic", "https://llm.example/v1/messages", "https://llm.example"],
  ["gemini", "https://llm.example/v1beta/models/gemini-pro:generateContent", "https://llm.example"],
])("%s at %s is called below %s", async (provider, url, baseUrl) => {
  const { content } = await compiled([
    resource("AIBackend", "b", `{ provider: ${provider}, url: '${url}' }`),
  ]);
  expect(content.backends.b?.baseUrl).toBe(baseUrl);
});

/** The routes of a table below a gateway. */
async function served(
  routes: string,
  listeners: string,
): Promise<Pick<HttpRoute, "name" | "listener" | "hosts">[]> {
  const { content, problems } = await compiled([
    service,
    resource("RouteTable", "{ name: t, labels: { app: a } }", routes),
    resource("VirtualGateway", "g", listeners),
  ]);
  expect(problems).toEqual([]);
  return content.routes.map(({ name, listener, hosts }) => ({
    name,
    ...(listener === undefined ? {} : { listener }),
    hosts,
  }));
}

test.each([
  ["['*']", "['*']", ["*"]],
  ["[a.example, b.example]", "['*']", ["a.example", "b.example"]],
  ["['*']", "[a.example]", ["a.example"]],
  ["[api.example.com, other.example]", "['*.example.com']", ["api.example.com"]],
  ["['*.example.com']", "[api.example.com, other.example]", ["api.example.com"]],
  ["['*.eu.example.com']", "['*.example.com']", ["*.eu.example.com"]],
])("routes for the hosts %s at a listener for %s answer for %j", async (own, listening, hosts) => {
  const routes = `{ hosts: ${own}, routes: [{ ${toService} }] }`;
  const listeners = `{ listeners: [{ port: 80, hosts: ${listening}, routes: [{ labels: { app: a } }] }] }`;
  expect(await served(routes, listeners)).toEqual([{ name: "t/0", listener: 80, hosts }]);
});

test("a route that has no host in common with its listener is not served, which is warned of", async () => {
  const lines = [
    service,
    resource("RouteTable", "t", `{ hosts: [a.example], routes: [{ ${toService} }] }`),
    resource(
      "VirtualGateway",
      "g",
      "{ listeners: [{ port: 80, hosts: [b.example], routes: [{ routeTable: { name: t } }] }] }",
    ),
  ];
  const { content, warnings } = await compiled(lines);
  expect(content.routes).toEqual([]);
  expect(warnings).toEqual([
    `${place(lines, 1, "t }")}: RouteTable t: route t/0: a part of it is never reached, because its gateway does not delegate it`,
  ]);
});

test("a route on several ports has a name for each, and one that is delegated twice on a port has one", async () => {
  const routes = `{ routes: [{ match: [{ path: { prefix: /a } }, { path: { prefix: /b } }], ${toService} }] }`;
  const delegations =
    "routes: [{ path: { prefix: /a }, labels: { app: a } }, { path: { prefix: /b }, labels: { app: a } }]";
  const listeners = `{ listeners: [{ port: 80, ${delegations} }, { port: 81, ${delegations} }] }`;
  const found = await served(routes, listeners);
  expect(found.map(({ name, listener }) => [name, listener])).toEqual([
    ["t/0", 80],
    ["t/0", 80],
    ["t/0@81", 81],
    ["t/0@81", 81],
  ]);
});

test("what one delegation leaves out and another lets through is not warned of", async () => {
  const { warnings } = await compiled([
    service,
    table(
      "t",
      `match: [{ path: { prefix: /a } }], ${toService}`,
      `match: [{ path: { prefix: /b } }], ${toService}`,
    ),
    resource(
      "VirtualGateway",
      "g",
      "{ listeners: [{ port: 80, routes: [{ path: { prefix: /a }, routeTable: { name: t } }, { path: { prefix: /b }, routeTable: { name: t } }] }] }",
    ),
  ]);
  expect(warnings).toEqual([]);
});

test("routes for the same requests on different ports are both reached", async () => {
  const gateway = (name: string, port: number, to: string) =>
    resource(
      "VirtualGateway",
      name,
      `{ listeners: [{ port: ${port}, routes: [{ routeTable: { name: ${to} } }] }] }`,
    );
  const { problems, content } = await compiled([
    service,
    table("t", toService),
    table("u", toService),
    table("own", toService),
    gateway("g", 80, "t"),
    gateway("h", 81, "u"),
  ]);
  expect(problems).toEqual([]);
  expect(content.routes.map(({ name, listener }) => [name, listener])).toEqual([
    ["t/0", 80],
    ["u/0", 81],
    ["own/0", undefined],
  ]);
});

test.each([
  ["{ prefix: /ai }", "{ prefix: /ai/x }", true],
  ["{ prefix: /ai/ }", "{ prefix: /ai }", true],
  ["{ prefix: /ai }", "{ exact: /ai }", true],
  ["{ prefix: /ai }", "{ prefix: /aix }", false],
  ["{ prefix: /ai }", "{ prefix: / }", false],
  ["{ prefix: /ai }", "{ regex: '/ai/[a-z]+' }", true],
  ["{ prefix: /ai }", "{ regex: '/ai/x|/admin' }", false],
  ["{ prefix: /ai }", "{ regex: '/ai/?.*' }", false],
  ["{ prefix: / }", "{ regex: '.*' }", true],
  ["{ exact: /ai }", "{ exact: /ai }", true],
  ["{ exact: /ai }", "{ prefix: /ai }", false],
  ["{ regex: '/a.*' }", "{ regex: '/a.*' }", true],
  ["{ regex: '/a.*' }", "{ exact: /ab }", false],
])("of what is delegated with %s the path %s is let through: %s", async (delegated, path, through) => {
  const routes = `{ routes: [{ match: [{ path: ${path} }], ${toService} }] }`;
  const listeners = `{ listeners: [{ port: 80, routes: [{ path: ${delegated}, labels: { app: a } }] }] }`;
  expect(await served(routes, listeners)).toHaveLength(through ? 1 : 0);
});

/** A limit over a rolling window, of all together. */
function rolling(name: string, unit: string, limit: number, intervalMs: number) {
  return {
    name,
    unit,
    policy: { window: { kind: "rolling", limit, intervalMs } },
    per: [],
    failure: "closed",
  };
}
