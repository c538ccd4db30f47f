import { compileContent } from "@sluice/resources/compile-content";
import { compileSnapshot } from "@sluice/resources/compile-snapshot";
import { findTarget } from "@sluice/resources/find-target";
import { PriceList } from "@sluice/resources/price-list";
import { parseConfiguration } from "@sluice/resources/read-configuration";
import { readResources } from "@sluice/resources/read-resources";
import { type Snapshot, snapshotSchema } from "@sluice/resources/snapshot";
import { expect, test } from "vitest";
import { limitsOfRequest } from "./limits-of-request.ts";

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

function amounts(snapshot: Snapshot): number[] {
  const target = findTarget(snapshot, { model: "", route: "t/0" });
  if (target === undefined) throw new Error("there is no target");
  const envelope = { bodyBytes: 300, maxOutputTokens: 50, operation: "chat" } as const;
  return limitsOfRequest(snapshot, target, envelope, new PriceList()).map(({ amount }) => amount);
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
