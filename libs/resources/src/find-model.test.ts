import { expect, test } from "vitest";
import { compileSnapshot } from "./compile-snapshot.ts";
import { findModel } from "./find-model.ts";
import { parseConfiguration } from "./read-configuration.ts";
import { type Snapshot, snapshotSchema } from "./snapshot.ts";

const configuration = parseConfiguration(
  `
backends:
  openai: { provider: openai }
  house: { provider: openai, baseUrl: "http://10.0.0.1/v1" }
models:
  - { name: gpt-*, backend: openai }
  - { name: gpt-5, backend: house, providerModel: tuned-5, guardPolicies: [strict] }
  - { name: house/*, backend: house, providerModel: "*", guardPolicies: [] }
  - { name: fast-*, backend: house, providerModel: "turbo-*" }
defaults: { guardPolicies: [usual] }
guardPolicies:
  usual: { prompt: [{ detector: email, action: mask }] }
  strict: { prompt: [{ detector: email, action: block }] }
`,
  "sluice.yaml",
);
const snapshot: Snapshot = snapshotSchema.parse({
  revision: 1,
  appliedAtMs: 0,
  ...compileSnapshot(configuration, "/"),
});

test.each([
  ["gpt-5", "house", "tuned-5", ["strict"]],
  ["gpt-5-mini", "openai", "gpt-5-mini", ["usual"]],
  ["house/llama:70b", "house", "llama:70b", []],
  ["fast-1", "house", "turbo-1", ["usual"]],
])("%s is served by %s as %s, under the policies %j", (name, backendName, providerModel, policies) => {
  const found = findModel(snapshot, name);
  expect(found?.backendName).toBe(backendName);
  expect(found?.backend).toBe(snapshot.backends[backendName]);
  expect(found?.providerModel).toBe(providerModel);
  expect(found?.guardPolicies.map(([policyName]) => policyName)).toEqual(policies);
});

test("a name without a route is not found", () => {
  expect(findModel(snapshot, "claude-x")).toBeUndefined();
  expect(findModel(snapshot, "")).toBeUndefined();
});

test("each snapshot is searched on its own", () => {
  expect(findModel({ ...snapshot, models: [] }, "gpt-5")).toBeUndefined();
});
