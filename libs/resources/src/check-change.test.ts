import { expect, test } from "vitest";
import { checkChange } from "./check-change.ts";
import { ConfigurationError } from "./configuration-problem.ts";

const fileOf = (text: string) => ({ text, name: "f.yaml", directory: "/" });
const secretOf = (entries: string) => `apiVersion: sluice.dev/v1
kind: Secret
metadata: { name: app, labels: { use: key } }
spec: { data: { ${entries} } }
`;
const policy = `apiVersion: sluice.dev/v1
kind: AuthPolicy
metadata: { name: keys }
spec: { apiKey: { header: x-key, secrets: { labels: { use: key } } } }
`;

async function problemsOf(...texts: string[]): Promise<string[]> {
  const error = await checkChange(texts.map(fileOf)).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ConfigurationError);
  return (error as ConfigurationError).problems.map(({ message }) => message);
}

test("Secrets are checked without keys to seal them", async () => {
  const { warnings, resources } = await checkChange([fileOf(secretOf("api-key: YQ==")), fileOf(policy)]);
  expect(resources.map(({ kind }) => kind)).toEqual(["Secret", "AuthPolicy"]);
  expect(warnings.map(({ message }) => message)).toEqual([
    "AuthPolicy keys: it covers no route, so it does nothing",
  ]);
});

test("an entry that is no text is a problem", async () => {
  expect(await problemsOf(secretOf("api-key: /w=="))).toEqual([
    "Secret app: the entry api-key is no text in UTF-8",
  ]);
});

test("a name that the configuration and a resource both give to a backend is a problem", async () => {
  const backend =
    "{apiVersion: sluice.dev/v1, kind: AIBackend, metadata: {name: house}, spec: {provider: openai}}";
  const base = "backends: {house: {provider: openai}}\nmodels: [{name: m, backend: house}]\n";
  expect(await problemsOf(base, backend)).toEqual([
    "AIBackend house: the configuration file has an AIBackend of this name, which is changed only there",
  ]);
});

test("a second configuration is a problem", async () => {
  const base = "backends: {house: {provider: openai}}\nmodels: [{name: m, backend: house}]\n";
  expect(await problemsOf(base, base)).toEqual(["there can be one configuration, and f.yaml is one already"]);
});
