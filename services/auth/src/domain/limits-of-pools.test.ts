import { compileContent } from "@sluice/resources/compile-content";
import { findTarget } from "@sluice/resources/find-target";
import { PriceList } from "@sluice/resources/price-list";
import { readConfiguration } from "@sluice/resources/read-configuration";
import { readResources } from "@sluice/resources/read-resources";
import { snapshotSchema } from "@sluice/resources/snapshot";
import { expect, test } from "vitest";
import { limitsOfRequest } from "./limits-of-request.ts";

const file = `
models:
  - { name: gpt-cheap, limits: [{ requests: 10, interval: 1m }] }
  - { name: gpt-dear, limits: [{ usd: 5, interval: 1h }] }
virtualModels: [{ name: smart, targets: [gpt-cheap, gpt-dear] }]
prices:
  - { model: gpt-cheap, usdPerMillionTokens: { input: 1, output: 2 } }
  - { model: gpt-dear, usdPerMillionTokens: { input: 10, output: 20 } }
`;
const route = `
{ apiVersion: sluice.dev/v1, kind: AIPolicy, metadata: { name: few }, spec: { limits: [{ tokens: 1000, interval: 1m }] } }
---
{ apiVersion: sluice.dev/v1, kind: RouteTable, metadata: { name: t }, spec: { routes: [{ destination: { model: smart }, policies: { ai: [{ name: few }] } }] } }
`;
const { content } = compileContent(
  readConfiguration(file, "sluice.yaml", "/").content,
  readResources([{ text: route, name: "r.yaml" }]).resources,
);
const snapshot = snapshotSchema.parse({ ...content, revision: 1, appliedAtMs: 0 });

function limits(asked: { model: string; route?: string }) {
  const target = findTarget(snapshot, asked);
  if (target === undefined) throw new Error("there is no target");
  const envelope = { bodyBytes: 300, maxOutputTokens: 50, operation: "chat", model: asked.model } as const;
  return limitsOfRequest(snapshot, target, envelope, new PriceList(), {
    identity: { keyId: "key_1", tags: [] },
  }).map(({ unit, amount }) => [unit, amount]);
}

// 100 tokens in and 50 out, at the price of the dearest.
const dearest = 100 * 10_000 + 50 * 20_000;

test("a model of several comes under the limits of each, and costs as much as the dearest", () => {
  expect(limits({ model: "smart" })).toEqual([
    ["requests", 1],
    ["cost_nano_usd", dearest],
  ]);
  expect(limits({ model: "gpt-cheap" })).toEqual([["requests", 1]]);
});

test("a route to such a model adds its own, and is no way round them", () => {
  expect(limits({ model: "smart", route: "t/0" })).toEqual([
    ["total_tokens", 150],
    ["requests", 1],
    ["cost_nano_usd", dearest],
  ]);
});
