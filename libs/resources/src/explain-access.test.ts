import { expect, test } from "vitest";
import { compileContent } from "./compile-content.ts";
import { compileSnapshot } from "./compile-snapshot.ts";
import { explainRequest } from "./explain-request.ts";
import { parseConfiguration } from "./read-configuration.ts";
import { readResources } from "./read-resources.ts";
import type { VirtualKey } from "./virtual-key.ts";

const base = compileSnapshot(
  parseConfiguration("backends: {b: {provider: openai}}\nmodels: [{name: gpt-*, backend: b}]", "sluice.yaml"),
  "/",
);
const key: VirtualKey = {
  id: "key_00000000000000000000",
  name: "k",
  tags: [],
  createdAtMs: 0,
  hash: "0".repeat(64),
};

function explain(resources: string, own?: VirtualKey) {
  const { content } = compileContent(base, readResources([{ text: resources, name: "r.yaml" }]).resources);
  const request = {
    method: "POST",
    host: "h",
    path: "/v1/chat/completions",
    headers: {},
    model: "gpt-5",
    listener: undefined,
  };
  return explainRequest({ ...content, revision: 1, appliedAtMs: 0 }, request, own, 0);
}

const policy = (spec: string) =>
  `{ apiVersion: sluice.dev/v1, kind: AuthPolicy, metadata: { name: p }, spec: { applyTo: { gateway: true }, ${spec} } }`;
const oidc = "oidc: { issuer: 'https://i.example', audiences: [a] }";
const consumer =
  "\n---\n{ apiVersion: sluice.dev/v1, kind: Consumer, metadata: { name: c }, spec: { models: [other], limits: [{ requests: 5, interval: 1m }] } }";

test.each([
  ["", "a virtual key"],
  [policy(oidc), "a token of https://i.example (AuthPolicy p)"],
  [
    policy(`virtualKeys: {}, ${oidc}, authorization: { allow: ["true"] }`),
    "a virtual key, or a token of https://i.example (AuthPolicy p, within 1 rule)",
  ],
  [
    policy(
      "anonymous: {}, introspection: { url: 'https://a.example/i', clientId: c, clientSecret: { env: S } }",
    ),
    "a token that https://a.example/i knows, or anyone; who sends a virtual key is known by it (AuthPolicy p)",
  ],
])("the gateway's own endpoints with %j are open to %s", (resources, authentication) => {
  expect(explain(resources).authentication).toBe(authentication);
});

test("a virtual key where none is taken is refused", () => {
  expect(explain(policy(oidc)).refusal).toBeUndefined();
  expect(explain(policy(oidc), key).refusal).toBe(
    "invalid_credential: the AuthPolicy p takes no virtual key",
  );
});

test("a key of a consumer comes under what its consumer may use", () => {
  const own = { ...key, consumer: "c" };
  expect(explain(policy("virtualKeys: {}") + consumer, own)).toMatchObject({
    refusal: "model_not_allowed: the consumer may use other only",
    limits: ["Consumer c/0: 5 requests in 1m"],
  });
  expect(explain(policy("virtualKeys: {}"), own).refusal).toBe(
    "service_unavailable: there is no Consumer c, which the key was made for",
  );
});
