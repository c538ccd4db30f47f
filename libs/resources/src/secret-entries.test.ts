import { expect, test } from "vitest";
import { compileContent } from "./compile-content.ts";
import { formatProblem } from "./configuration-problem.ts";
import { readResources } from "./read-resources.ts";
import { sealSecrets } from "./seal-secrets.ts";

async function compiled(text: string) {
  const { resources, problems } = readResources([{ text, name: "r.yaml" }]);
  if (problems.length > 0) return { problems: problems.map(formatProblem) };
  const sealed = await sealSecrets(resources, { keys: undefined, before: () => undefined });
  const { content, warnings, problems: found } = compileContent(undefined, sealed.resources);
  return {
    content,
    secret: sealed.resources.find(({ kind }) => kind === "Secret"),
    warnings: warnings.map(({ message }) => message),
    problems: found.map(formatProblem),
  };
}

const head = (kind: string, name: string) =>
  `apiVersion: sluice.dev/v1\nkind: ${kind}\nmetadata: { name: ${name} }\n`;
const secret = (spec: string) => `${head("Secret", "s")}spec: ${spec}\n---\n`;
const backend = (entry: string) =>
  `${head("AIBackend", "b")}spec: { provider: openai, credentials: { secret: { name: s, entry: ${entry} } } }\n`;

test("an entry may stand in a variable or a file of the service that uses it", async () => {
  const own = secret("{ type: own, env: { key: PROVIDER_KEY }, files: { other: /run/secrets/other } }");
  const first = await compiled(own + backend("key"));
  expect(first.content?.backends.b?.apiKey).toEqual({ env: "PROVIDER_KEY" });
  expect(first.secret?.plain.spec).toEqual({
    type: "own",
    env: { key: "PROVIDER_KEY" },
    files: { other: "/run/secrets/other" },
  });
  const second = await compiled(own + backend("other"));
  expect(second.content?.backends.b?.apiKey).toEqual({ file: "/run/secrets/other" });
  expect([first.warnings, first.problems]).toEqual([[], []]);
});

test("headers for the destination may, and a client's own key may not", async () => {
  const policy = (spec: string) =>
    `${head("AuthPolicy", "p")}spec: { applyTo: { routeTables: [{ name: t }] }, apiKey: { header: x-key, secrets: { labels: { a: b } }, ${spec} } }\n`;
  const labelled = (spec: string) => secret(spec).replace("{ name: s }", "{ name: s, labels: { a: b } }");
  const headers = await compiled(
    labelled("{ stringData: { api-key: x }, env: { out: OUT } }") + policy("upstreamHeaders: { x-out: out }"),
  );
  expect(headers.content?.apiKeyPolicies.p?.keys[0]?.upstreamHeaders).toEqual({ "x-out": { env: "OUT" } });
  const own = await compiled(labelled("{ files: { api-key: /run/key } }") + policy("upstreamHeaders: {}"));
  expect(own.problems).toEqual([
    "r.yaml:8:19: AuthPolicy p: the entry api-key of the Secret s is a client's key, which must stand in the Secret itself: only its digest is kept, and that is made when it is applied",
  ]);
});

test.each([
  [
    "{ env: { key: A }, files: { key: /a } }",
    "r.yaml:4:21: spec.env.key: the entry stands in files too: leave all but one out",
  ],
  [
    "{ stringData: { key: x }, env: { key: A } }",
    "r.yaml:4:45: spec.env.key: the entry stands in stringData too: leave all but one out",
  ],
  ["{ env: { key: not-a-name } }", "r.yaml:4:21: spec.env.key: must be the name of an environment variable"],
  ["{ files: { key: relative } }", "r.yaml:4:23: spec.files.key: must be a path that begins with /"],
  ["{ type: own }", "r.yaml:4:7: spec: the Secret has no entry"],
])("%s is refused", async (spec, problem) => {
  expect((await compiled(secret(spec))).problems?.[0]).toBe(problem);
});
