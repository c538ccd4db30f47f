import { expect, test } from "vitest";
import { compileContent } from "./compile-content.ts";
import { type ExplainedRequest, explainRequest } from "./explain-request.ts";
import { readConfiguration } from "./read-configuration.ts";
import { readResources } from "./read-resources.ts";
import type { VirtualKey } from "./virtual-key.ts";

const base = readConfiguration("models: [gpt-5]", "sluice.yaml", "/").content;
const resources = `
{ apiVersion: sluice.dev/v1, kind: ExternalService, metadata: { name: weather }, spec: { hosts: [a.example], ports: [{ number: 80, protocol: HTTP }] } }
---
{ apiVersion: sluice.dev/v1, kind: AIBackend, metadata: { name: odd }, spec: { provider: openai, model: nobody-knows } }
---
{ apiVersion: sluice.dev/v1, kind: RouteTable, metadata: { name: t }, spec: { routes: [
  { name: forward, match: [{ path: { prefix: /weather } }], destination: { externalService: { name: weather } } },
  { name: odd, match: [{ path: { exact: /odd } }], destination: { aiBackend: { name: odd } } },
  { name: closed, match: [{ path: { exact: /closed } }], destination: { aiBackend: { name: none } } } ] } }
---
{ apiVersion: sluice.dev/v1, kind: RouteTable, metadata: { name: keyed }, spec: {
  routes: [{ name: own, match: [{ path: { exact: /keyed } }], destination: { externalService: { name: weather } } }] } }
---
{ apiVersion: sluice.dev/v1, kind: Secret, metadata: { name: s, labels: { app: a } }, spec: { sealed: { api-key: { text: "sealed:v1:AAAA", fingerprint: f, digest: d } } } }
---
{ apiVersion: sluice.dev/v1, kind: AuthPolicy, metadata: { name: p }, spec: {
  applyTo: { routeTables: [{ name: keyed }] }, apiKey: { header: x-key, secrets: { labels: { app: a } } } } }
`;
const key: VirtualKey = {
  id: "key_00000000000000000000",
  name: "k",
  tags: [],
  createdAtMs: 0,
  hash: "0".repeat(64),
};

function explain(request: Partial<ExplainedRequest>, own: VirtualKey | undefined) {
  const { content } = compileContent(base, readResources([{ text: resources, name: "r.yaml" }]).resources);
  const usual = {
    method: "POST",
    host: "h",
    path: "/v1/chat/completions",
    headers: {},
    model: "gpt-5",
    listener: undefined,
  };
  return explainRequest({ ...content, revision: 1, appliedAtMs: 0 }, { ...usual, ...request }, own, 1_000);
}

test.each<[title: string, request: Partial<ExplainedRequest>, own: VirtualKey | undefined, refusal: string]>([
  ["at a path that nothing has", { path: "/nowhere" }, key, "not_found: nothing is served there"],
  ["for a model that is not there", { model: "gpt-7" }, key, "model_not_found: there is no model gpt-7"],
  [
    "by a route that lacks something",
    { path: "/closed" },
    key,
    "service_unavailable: there is no AIBackend none",
  ],
  ["without a key", {}, undefined, "missing_credential: it needs a virtual key"],
  ["with a revoked key", {}, { ...key, revokedAtMs: 1 }, "invalid_credential: the key was revoked"],
  ["with an expired key", {}, { ...key, expiresAtMs: 1_000 }, "expired_credential: the key has expired"],
  [
    "with a key for other models",
    {},
    { ...key, allowedModels: ["claude-*", "o3"] },
    "model_not_allowed: the key may use claude-*, o3 only",
  ],
])("a request %s is explained as refused", (_title, request, own, refusal) => {
  expect(explain(request, own).refusal).toBe(refusal);
});

test("what serves a request, and who may ask, is named", () => {
  expect(explain({ path: "/nowhere" }, key).asks).toBe("nothing that is served");
  expect(explain({ path: "/weather/today" }, key).target).toBe("weather:80, as it is");
  expect(explain({ path: "/odd" }, key)).toMatchObject({
    target: "odd, model nobody-knows",
    price: "unpriced: nobody knows what it costs",
  });
  expect(explain({ path: "/keyed" }, undefined).authentication).toBe("a key of the AuthPolicy p");
});
