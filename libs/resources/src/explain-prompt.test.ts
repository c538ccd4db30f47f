import { expect, test } from "vitest";
import { compileContent } from "./compile-content.ts";
import { explainRequest } from "./explain-request.ts";
import { readResources } from "./read-resources.ts";

const template = `
apiVersion: sluice.dev/v1
kind: PromptTemplate
metadata: { name: answer }
spec:
  versions:
    - { version: 1, messages: [{ role: system, content: Short. }] }
    - { version: 2, messages: [{ role: system, content: Long. }] }
  labels: { production: [{ version: 1, weight: 3 }, { version: 2, weight: 1 }], preview: 2 }
  sticky: user
`;

function explain(prompt: string): string | undefined {
  const rest = `
---
apiVersion: sluice.dev/v1
kind: AIBackend
metadata: { name: model }
spec: { provider: openai }
---
apiVersion: sluice.dev/v1
kind: RouteTable
metadata: { name: table }
spec:
  authentication: optional
  routes:
    - name: ask
      match: [{ path: { exact: /ask } }]
      dialect: openai
      destination: { aiBackend: { name: model } }
      ${prompt}
`;
  const { content } = compileContent(
    undefined,
    readResources([{ text: template + rest, name: "r.yaml" }]).resources,
  );
  const request = {
    method: "POST",
    host: "h",
    path: "/ask",
    headers: {},
    model: "gpt-5",
    listener: undefined,
  };
  return explainRequest({ ...content, revision: 1, appliedAtMs: 0 }, request, undefined, 0).prompt;
}

test.each([
  ["", undefined],
  ["prompt: { template: { name: answer } }", "answer, label production: version 1 (75 %), 2 (25 %), by user"],
  [
    "prompt: { template: { name: answer }, label: preview }",
    "answer, label preview: version 2 (100 %), by user",
  ],
  ["prompt: { template: { name: answer }, version: 1 }", "answer, version 1"],
])("a route with %j shows which versions its requests get", (prompt, explanation) => {
  expect(explain(prompt)).toBe(explanation);
});
