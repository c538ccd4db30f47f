import { expect, test } from "vitest";
import { compileContent } from "./compile-content.ts";
import { strictestSemantic } from "./compile-semantic.ts";
import { compileSnapshot } from "./compile-snapshot.ts";
import { formatProblem } from "./configuration-problem.ts";
import { describeCaching } from "./describe-caching.ts";
import { parseConfiguration } from "./read-configuration.ts";
import { readResources } from "./read-resources.ts";

const models = `
apiVersion: sluice.dev/v1
kind: AIBackend
metadata: { name: gpt }
spec: { provider: openai, credentials: { env: KEY } }
---
apiVersion: sluice.dev/v1
kind: AIBackend
metadata: { name: claude }
spec: { provider: anthropic, credentials: { env: KEY } }
---
apiVersion: sluice.dev/v1
kind: Workflow
metadata: { name: steps }
spec: { steps: [{ name: one, model: vectors, messages: [{ from: input }] }] }
---
apiVersion: sluice.dev/v1
kind: RouteTable
metadata: { name: t }
spec:
  models:
  - { name: chat, destination: { aiBackend: { name: gpt } }, policies: { ai: [{ name: kept }] } }
  - { name: vectors, destination: { aiBackend: { name: gpt } } }
  - { name: sonnet, destination: { aiBackend: { name: claude } } }
  routes:
  - name: r
    match: [{ path: { prefix: /r } }]
    destination: { aiBackend: { name: gpt } }
    policies: { ai: [{ name: kept }] }
`;

/** Models and a route that are cached by one policy, and what becomes of them. */
function compiled(semantic: string) {
  const policy = `apiVersion: sluice.dev/v1\nkind: AIPolicy\nmetadata: { name: kept }\nspec: { caching: { ttl: 1m, semantic: ${semantic} } }`;
  const read = readResources([{ text: `${policy}\n---${models}`, name: "r.yaml" }]);
  const { content, warnings, problems } = compileContent(undefined, read.resources);
  const chat = content.models.find(({ name }) => name === "chat");
  return {
    chat,
    route: content.routes[0],
    warnings: warnings.map(formatProblem),
    problems: [...read.problems, ...problems].map(formatProblem),
  };
}

test("what is left out has its defaults, for models and routes alike", () => {
  const { chat, route, ...said } = compiled("{ embeddingModel: vectors }");
  expect(said).toEqual({ warnings: [], problems: [] });
  const semantic = { embeddingModel: "vectors", threshold: 0.95, matchNumbers: true, timeoutMs: 2000 };
  expect([chat?.caching?.semantic, route?.caching?.semantic]).toEqual([semantic, semantic]);
  expect([chat?.unavailable, route?.unavailable]).toEqual([undefined, undefined]);
  expect(chat?.caching && describeCaching(chat.caching)).toContain(
    "for similar questions with the same numbers from 0.95 on, by vectors",
  );
});

test("without the model for vectors, what needs it is closed, and the policy is warned of", () => {
  const { chat, route, warnings, problems } = compiled("{ embeddingModel: vektors }");
  expect(problems).toEqual([]);
  expect(warnings).toEqual([
    expect.stringMatching(
      /^r\.yaml:4:\d+: AIPolicy kept: caching\.semantic\.embeddingModel: there is no model vektors; did you mean "vectors"\?$/,
    ),
  ]);
  expect([chat?.unavailable, route?.unavailable]).toEqual([
    "there is no model vektors",
    "there is no model vektors",
  ]);
});

test.each([
  [
    "{ embeddingModel: steps }",
    "AIPolicy kept: caching.semantic.embeddingModel: steps is a workflow, which makes no vectors",
  ],
  [
    "{ embeddingModel: sonnet }",
    "AIPolicy kept: caching.semantic.embeddingModel: sonnet is asked for of Anthropic, which makes no vectors",
  ],
  ["{}", "spec.caching.semantic.embeddingModel: is missing"],
  ["{ embeddingModel: vectors, threshold: 95 }", "spec.caching.semantic.threshold: must be at most 1"],
  [
    "{ embeddingModel: vectors, treshold: 0.9 }",
    'spec.caching.semantic.treshold: there is no such key; did you mean "threshold"?',
  ],
  [
    "{ embeddingModel: vectors, timeout: 5 }",
    "spec.caching.semantic.timeout: must be a duration with its unit, such as 500ms, 30s or 10m",
  ],
])("%s is refused", (semantic, text) => {
  const [problem, ...others] = compiled(semantic).problems;
  expect(problem).toMatch(/^r\.yaml:4:\d+: /);
  expect(problem?.replace(/^r\.yaml:4:\d+: /, "")).toBe(text);
  expect(others).toEqual([]);
});

const loose = { embeddingModel: "v", threshold: 0.8, matchNumbers: false, timeoutMs: 500 };
const strict = { embeddingModel: "v", threshold: 0.9, matchNumbers: true, timeoutMs: 1000 };

test("of several policies the strictest counts, and none where one of them wants the same words", () => {
  expect(strictestSemantic(loose, strict)).toEqual({ ...strict, timeoutMs: 500 });
  expect(strictestSemantic(strict, loose)).toEqual({ ...strict, timeoutMs: 500 });
  expect(strictestSemantic(loose, undefined)).toBeUndefined();
  expect(strictestSemantic(undefined, loose)).toBeUndefined();
  expect(strictestSemantic(loose, { ...strict, embeddingModel: "w" })).toBeUndefined();
});

test("sluice.yaml says it of a model, and as the default of all", () => {
  const yaml = `
models:
- { name: gpt-5, caching: { ttl: 1h, semantic: { embeddingModel: text-embedding-3-small, threshold: 0.9, timeout: 300ms } } }
- gpt-5-mini
- text-embedding-3-small
defaults: { caching: { ttl: 1m, semantic: { embeddingModel: text-embedding-3-small, matchNumbers: false } } }
`;
  const { content } = compileContent(compileSnapshot(parseConfiguration(yaml, "sluice.yaml"), "/"), []);
  expect(content.models.map(({ name, caching }) => [name, caching?.semantic])).toMatchObject([
    ["gpt-5", { threshold: 0.9, matchNumbers: true, timeoutMs: 300 }],
    ["gpt-5-mini", { threshold: 0.95, matchNumbers: false, timeoutMs: 2000 }],
    ["text-embedding-3-small", { threshold: 0.95, matchNumbers: false, timeoutMs: 2000 }],
  ]);
});
