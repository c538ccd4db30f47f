import { compileContent } from "@sluice/resources/compile-content";
import { compileLimits } from "@sluice/resources/compile-limit";
import { compileSnapshot } from "@sluice/resources/compile-snapshot";
import { PriceList } from "@sluice/resources/price-list";
import { parseConfiguration } from "@sluice/resources/read-configuration";
import { readLimits } from "@sluice/resources/read-limits";
import { readResources } from "@sluice/resources/read-resources";
import { type Snapshot, snapshotSchema } from "@sluice/resources/snapshot";
import {
  createVirtualKeyId,
  createVirtualKeySecret,
  hashVirtualKeySecret,
} from "@sluice/resources/virtual-key";
import { expect, test } from "vitest";
import { authorizeTarget } from "./authorize-target.ts";
import { type HeldKey, KeyRing } from "./key-ring.ts";
import { limitsOfRequest } from "./limits-of-request.ts";

const limits =
  "limits: [{ requests: 9, interval: 1s }, { tokens: 5000, interval: 1m }, { usd: '10.00', interval: 24h }]";

const resources = `
{ apiVersion: sluice.dev/v1, kind: AIBackend, metadata: { name: gpt }, spec: { provider: openai, model: gpt-4o, credentials: { env: K } } }
---
{ apiVersion: sluice.dev/v1, kind: AIBackend, metadata: { name: any }, spec: { provider: openai, credentials: { env: K } } }
---
{ apiVersion: sluice.dev/v1, kind: ExternalService, metadata: { name: svc }, spec: { hosts: [svc.example], ports: [{ number: 80, protocol: HTTP }] } }
---
{ apiVersion: sluice.dev/v1, kind: AIPolicy, metadata: { name: limited }, spec: { applyTo: { routeTables: [{ name: t }] }, ${limits} } }
---
apiVersion: sluice.dev/v1
kind: RouteTable
metadata: { name: t }
spec:
  routes:
    - { name: fixed, match: [{ path: { prefix: /fixed } }], destination: { aiBackend: { name: gpt } } }
    - { name: open, match: [{ path: { prefix: /open } }], destination: { aiBackend: { name: any } } }
    - { name: http, match: [{ path: { prefix: /http } }], destination: { externalService: { name: svc } } }
    - { name: closed, match: [{ path: { prefix: /closed } }], destination: { externalService: { name: gone } } }
`;

function snapshotOf(): Snapshot {
  const base = compileSnapshot(
    parseConfiguration(
      "backends: { house: { provider: openai } }\nmodels: [{ name: gpt-*, backend: house, listed: [gpt-5] }]",
      "sluice.yaml",
    ),
    "/",
  );
  const read = readResources([{ text: resources, name: "r.yaml" }]);
  expect(read.problems).toEqual([]);
  const { content, problems } = compileContent(base, read.resources);
  expect(problems).toEqual([]);
  return snapshotSchema.parse({ revision: 1, appliedAtMs: 0, ...content });
}
const snapshot = snapshotOf();

function keyFor(...allowedModels: string[]): HeldKey {
  const [ring, secret] = [new KeyRing(), createVirtualKeySecret()];
  ring.set({
    id: createVirtualKeyId(),
    name: "test",
    tags: [],
    createdAtMs: 0,
    hash: hashVirtualKeySecret(secret),
    ...(allowedModels.length === 0 ? {} : { allowedModels }),
  });
  const key = ring.find(secret, 0);
  if (key === undefined) throw new Error("the key does not open");
  return key;
}

test("a key may use what serves the models that it is for", () => {
  expect(authorizeTarget(snapshot, keyFor("gpt-*"), { model: "gpt-5" })).toMatchObject({
    type: "model",
    backendName: "house",
  });
  expect(() => authorizeTarget(snapshot, keyFor("gpt-4*"), { model: "gpt-5" })).toThrow(
    'This API key may not use the model "gpt-5", only: gpt-4*.',
  );
});

test("a key learns nothing of models out of its reach, and of others the closest name", () => {
  expect(() => authorizeTarget(snapshot, keyFor("x-*"), { model: "none" })).toThrow(
    expect.objectContaining({ code: "model_not_allowed", parameter: "model" }),
  );
  expect(() => authorizeTarget(snapshot, keyFor(), { model: "gtp-5" })).toThrow(
    'There is no model "gtp-5". Did you mean "gpt-5"?',
  );
  expect(() => authorizeTarget(snapshot, undefined, { model: "gtp-5" })).toThrow(
    'There is no model "gtp-5". Did you mean "gpt-5"?',
  );
  expect(() => authorizeTarget(snapshot, undefined, { model: "none-like-it" })).toThrow(
    'There is no model "none-like-it". The list of models shows what there is.',
  );
});

test("long names are cut in messages, and of many patterns some are named", () => {
  const key = keyFor(...Array.from({ length: 12 }, (_, index) => `p${index}`));
  expect(() => authorizeTarget(snapshot, key, { model: "x".repeat(1_000) })).toThrow(
    `This API key may not use the model "${"x".repeat(100)}…", only: p0, p1, p2, p3, p4, p5, p6, p7, p8, p9, ….`,
  );
});

test("on a route the model counts that the provider is asked for", () => {
  const fixed = { route: "t/fixed", model: "whatever" };
  expect(authorizeTarget(snapshot, keyFor("gpt-4o"), fixed).providerModel).toBe("gpt-4o");
  expect(() => authorizeTarget(snapshot, keyFor("whatever"), fixed)).toThrow(
    'This API key may not use the model "gpt-4o", only: whatever.',
  );
  const open = { route: "t/open", model: "gpt-x" };
  expect(authorizeTarget(snapshot, keyFor("gpt-*"), open).providerModel).toBe("gpt-x");
});

test("a key for certain models can't use a route that does not say which model it asks for", () => {
  const http = { route: "t/http", model: "" };
  expect(authorizeTarget(snapshot, keyFor(), http).type).toBe("http");
  expect(authorizeTarget(snapshot, undefined, http).type).toBe("http");
  expect(() => authorizeTarget(snapshot, keyFor("gpt-*"), http)).toThrow(
    "This API key may use certain models only, and the route t/http does not say which one it asks for.",
  );
});

test("a route that lacks something is closed to every key", () => {
  for (const key of [undefined, keyFor(), keyFor("gpt-*")]) {
    expect(() => authorizeTarget(snapshot, key, { route: "t/closed", model: "" })).toThrow(
      expect.objectContaining({ code: "service_unavailable" }),
    );
  }
});

const prices = new PriceList();
const asked = { bodyBytes: 3_000, maxOutputTokens: 100, operation: "chat", model: "" } as const;
const anyone = { identity: { keyId: "anonymous", tags: [] } };

test("each limit of a route has what is to be reserved of it", () => {
  const target = authorizeTarget(snapshot, undefined, { route: "t/fixed", model: "" });
  const reserved = limitsOfRequest(snapshot, target, asked, prices, anyone);
  expect(reserved.map(({ id, scope, unit, amount }) => [id, scope, unit, amount])).toEqual([
    ["limited/0", "all", "requests", 1],
    ["limited/1", "all", "total_tokens", 1_100],
    ["limited/2", "all", "cost_nano_usd", expect.any(Number)],
  ]);
  // 1,000 tokens in and 100 out of gpt-4o, at 2.5 and 10 dollars a million.
  expect(reserved[2]?.amount).toBe(1_000 * 2_500 + 100 * 10_000);
  expect(reserved.map(({ policy }) => policy.window)).toEqual([
    { kind: "rolling", limit: 9, intervalMs: 1_000 },
    { kind: "rolling", limit: 5_000, intervalMs: 60_000 },
    { kind: "rolling", limit: 10_000_000_000, intervalMs: 86_400_000 },
  ]);
});

test("the policy of a limit is the same object each time", () => {
  const target = authorizeTarget(snapshot, undefined, { route: "t/fixed", model: "" });
  const [first, second] = [0, 1].map(() => limitsOfRequest(snapshot, target, asked, prices, anyone));
  expect(first?.map(({ policy }, index) => policy === second?.[index]?.policy)).toEqual([true, true, true]);
});

test("where the client sets no limit for its reply, a usual one is reserved", () => {
  const target = authorizeTarget(snapshot, undefined, { route: "t/fixed", model: "" });
  const [, tokens] = limitsOfRequest(
    snapshot,
    target,
    { bodyBytes: 1, operation: "chat", model: "" },
    prices,
    anyone,
  );
  expect(tokens?.amount).toBe(1 + 512);
});

test("what is forwarded has no price before it is known", () => {
  const target = authorizeTarget(snapshot, undefined, { route: "t/http", model: "" });
  expect(limitsOfRequest(snapshot, target, asked, prices, anyone)[2]?.amount).toBe(0);
});

test("a limit of costs is not left out where nobody knows the price: the request is refused", () => {
  const target = authorizeTarget(snapshot, undefined, { route: "t/open", model: "nobody-knows-this" });
  expect(() => limitsOfRequest(snapshot, target, asked, prices, anyone)).toThrow(
    expect.objectContaining({
      code: "service_unavailable",
      message: "The cost of this request is limited, and there is no price for the model nobody-knows-this.",
    }),
  );
});

test("the gateway's own endpoints have no limits of routes", () => {
  const target = authorizeTarget(snapshot, undefined, { model: "gpt-5" });
  expect(limitsOfRequest(snapshot, target, asked, prices, anyone)).toEqual([]);
});

test("limits of a consumer hold beside those of the route, and at the gateway's own endpoints", () => {
  const limits = compileLimits("Consumer c", readLimits(["requests: 5, interval: 1m"]));
  const identity = { keyId: "key_1", tags: [] };
  const consumer = { name: "c", limits, reach: undefined, identify: () => identity };
  const namesOf = (request: { route?: string; model: string }) =>
    limitsOfRequest(
      snapshot,
      authorizeTarget(snapshot, undefined, request),
      { ...asked, model: request.model },
      prices,
      { identity, consumer },
    ).map(({ id }) => id);
  expect(namesOf({ model: "gpt-5" })).toEqual(["Consumer c/0"]);
  expect(namesOf({ route: "t/fixed", model: "" })).toEqual([
    "limited/0",
    "limited/1",
    "limited/2",
    "Consumer c/0",
  ]);
});
