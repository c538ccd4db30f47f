import { expect, test } from "vitest";
import { parseConfiguration } from "./read-configuration.ts";

/** The problems of a text, one in a line; empty when it has none. */
function problemsOf(text: string): string {
  try {
    parseConfiguration(text, "sluice.yaml");
    return "";
  } catch (error) {
    return (error as Error).message;
  }
}

/** A configuration without a problem, to which each case adds its own. */
const sound = `backends:
  house: {provider: openai}
models:
  - {name: gpt-*, backend: house}
`;

test("a sound configuration has no problem", () => {
  expect(problemsOf(sound)).toBe("");
});

test.each([
  ["", "1:1: the file is empty"],
  ["a: 1\na: 2", "2:1: map keys must be unique"],
  ["a: *x", "1:1: unresolved alias (the anchor must be set before the alias): x"],
  ["a: [1, 2", "1:9: flow sequence in block collection must be sufficiently indented and end with a ]"],
  ["just a text", "1:1: must be a map of keys and values, not a text"],
  ["- a", "1:1: must be a map of keys and values, not a list"],
])("%j can't be read: %s", (text, problem) => {
  expect(problemsOf(text)).toContain(`sluice.yaml:${problem}`);
});

test.each([
  ["gatway: {}", '5:1: gatway: there is no such key; did you mean "gateway"?'],
  ["zebra: {}", "5:1: zebra: there is no such key"],
  ["gateway: {maxBody: 32}", "5:20: gateway.maxBody: must be a size with its unit, such as 512KiB or 32MiB"],
  ["gateway: {maxBody: 1GiB}", "5:20: gateway.maxBody: must be at most 512MiB"],
  [
    "gateway: {requestTimeout: 10}",
    "5:27: gateway.requestTimeout: must be a duration with its unit, such as 500ms, 30s or 10m",
  ],
  ["gateway: {requestTimeout: 10ms}", "5:27: gateway.requestTimeout: must be at least 1s"],
  ["gateway: {maxOpenRequests: many}", "5:28: gateway.maxOpenRequests: must be a number, not a text"],
  ["gateway: {maxJsonDepth: 9.5}", "5:25: gateway.maxJsonDepth: must be a whole number"],
  ["gateway: {maxJsonDepth: 0}", "5:25: gateway.maxJsonDepth: must be at least 8"],
  ["gateway: [1]", "5:10: gateway: must be a map of keys and values, not a list"],
  ["defaults: {guardPolicies: [none]}", '5:28: defaults.guardPolicies[0]: there is no guard policy "none"'],
  [
    "guardPolicies: {idle: {prompt: [{detector: email, action: mask}]}}",
    "5:17: guardPolicies.idle: the policy does nothing, because no model names it: name it in defaults.guardPolicies or in a model",
  ],
  ["prices: [{model: x}]", "5:10: prices[0].usdPerMillionTokens: is missing"],
  [
    "prices: [{model: x, backend: hose, usdPerMillionTokens: {input: 1}}]",
    '5:30: prices[0].backend: there is no backend "hose"; did you mean "house"?',
  ],
  [
    "prices: [{model: x, usdPerMillionTokens: {input: free}}]",
    '5:50: prices[0].usdPerMillionTokens.input: must be a price in US dollars, such as 2.5 or "0.0375"',
  ],
  [
    "prices: [{model: x, from: 31.1.2026, usdPerMillionTokens: {input: 1}}]",
    "5:27: prices[0].from: must be a day, such as 2026-01-31",
  ],
])("%s has the problem %s", (added, problem) => {
  expect(problemsOf(sound + added)).toBe(`sluice.yaml:${problem}`);
});

test.each([
  ["{}", "provider: is missing"],
  ["{provider: opnai}", 'provider: must be one of openai, anthropic, gemini; did you mean "openai"?'],
  ["{provider: openai, baseUrl: llm.example}", "baseUrl: must be a URL that begins with http:// or https://"],
  ["{provider: openai, apiKey: {}}", "apiKey: either env or file, one of them"],
  ["{provider: openai, apiKey: {env: A, file: b}}", "apiKey: either env or file, one of them"],
  [
    "{provider: openai, apiKey: {env: not a name}}",
    "apiKey.env: must be the name of an environment variable",
  ],
  [
    "{provider: openai, timeouts: {conect: 5s}}",
    'timeouts.conect: there is no such key; did you mean "connect"?',
  ],
  ["{provider: openai, retries: {attempts: 99}}", "retries.attempts: must be at most 10"],
])("the backend %s has the problem %s", (backend, problem) => {
  const text = `backends: {house: ${backend}}\nmodels: [{name: m, backend: house}]`;
  expect(problemsOf(text)).toMatch(/^sluice\.yaml:1:\d+: backends\.house\.[^\n]*$/);
  expect(problemsOf(text)).toContain(`: backends.house.${problem}`);
});

test("a key in the file is an error that says how to do it, and does not repeat the key", () => {
  const text =
    "backends: {house: {provider: openai, apiKey: sk-live-1234}}\nmodels: [{name: m, backend: house}]";
  expect(problemsOf(text)).toBe(
    "sluice.yaml:1:46: backends.house.apiKey: a key must not stand in this file: write {env: NAME} for an " +
      "environment variable of the router, or {file: PATH} for a file that it can read",
  );
});

test("a bad name of a backend is told at the name", () => {
  expect(problemsOf("backends: {My House: {provider: openai}}\nmodels: [{name: m, backend: b}]")).toContain(
    'sluice.yaml:1:12: backends["My House"]: the name must be a name of lower-case letters',
  );
});

test.each([
  ["{backend: house}", "1:11: models[0].name: is missing"],
  ["{name: m, backend: hous}", '1:30: models[0].backend: there is no backend "hous"; did you mean "house"?'],
  [
    "{name: a*b, backend: house}",
    "1:18: models[0].name: must be a name without blanks, with at most one * and that at its end",
  ],
  [
    "{name: m, backend: house, listed: [m]}",
    "1:37: models[0].listed: only a name with * has a list; a plain name is listed as it is",
  ],
  [
    "{name: m-*, backend: house, listed: [x]}",
    "1:48: models[0].listed[0]: does not begin as the model's name, m-*",
  ],
  [
    '{name: m, backend: house, providerModel: "x*"}',
    "1:52: models[0].providerModel: a * stands for nothing here, because the model's name has none",
  ],
  [
    "{name: m, backend: house}, {name: m, backend: house}",
    "1:45: models[1].name: models[0] has the same name",
  ],
  ["5", "1:11: models[0]: must be a map of keys and values, not a number"],
  ["", "1:10: models: name at least one model"],
  [
    "two words",
    "1:11: models[0].name: must be a name without blanks, with at most one * and that at its end",
  ],
  ["m, m", "1:14: models[1].name: models[0] has the same name"],
])("the models [%s] have the problem %s", (models, problem) => {
  const text = `{models: [${models}], backends: {house: {provider: openai}}}`;
  expect(problemsOf(text)).toBe(`sluice.yaml:${problem}`);
});

test.each([
  ["{}", "virtualModels[0].name: is missing"],
  ["{name: fast}", "virtualModels[0]: either model, targets or choose, one of them"],
  ["{name: fast, model: gpt-*}", "virtualModels[0].model: must be a name without blanks and without *"],
  ["{name: gpt-*, model: gpt-5}", "virtualModels[0].name: must be a name without blanks and without *"],
  ["{name: fast, model: gtp-5}", 'virtualModels[0].model: there is no model "gtp-5"'],
  [
    "{name: fast, targets: [gpt-5], model: gpt-5}",
    "virtualModels[0]: either model, targets or choose, one of them",
  ],
  ["{name: fast, target: [gpt-5]}", 'virtualModels[0].target: there is no such key; did you mean "targets"?'],
  ["{name: fast, targets: []}", "virtualModels[0].targets: name at least one model"],
  ["{name: fast, targets: [gpt-5, gtp-6]}", 'virtualModels[0].targets[1]: there is no model "gtp-6"'],
  [
    "{name: fast, targets: [gpt-5, {model: gpt-5}]}",
    "virtualModels[0].targets[1]: targets[0] is the same model",
  ],
  ["{name: fast, targets: [{weight: 1}]}", "virtualModels[0].targets[0].model: is missing"],
  [
    "{name: fast, targets: [{model: gpt-5, weight: -1}]}",
    "virtualModels[0].targets[0].weight: must be at least 0",
  ],
  [
    "{name: fast, targets: [{model: gpt-5, weight: 0}]}",
    "virtualModels[0].targets: one of them needs a weight above 0",
  ],
  ["{name: fast, model: gpt-5, sticky: user}", "virtualModels[0].sticky: does nothing without targets"],
  ["{name: fast, targets: [gpt-5], sticky: team}", "virtualModels[0].sticky: must be one of none, user, key"],
  ["{name: fast, model: gpt-5, guardPolicies: [p]}", 'guardPolicies[0]: there is no guard policy "p"'],
  [
    "{name: fast, model: gpt-5}, {name: fast, model: gpt-4}",
    "virtualModels[1].name: virtualModels[0] has the same name",
  ],
])("the virtual models [%s] have the problem %s", (virtualModels, problem) => {
  expect(problemsOf(`${sound}virtualModels: [${virtualModels}]`)).toContain(problem);
});

test.each([
  ["{name: ci}", "keys[0].value: is missing"],
  ["{name: ci, value: {}}", "keys[0].value: either env or file, one of them"],
  ["{name: ci, value: sk-sluice-abc}", "keys[0].value: keys must not stand in this file: write {env: NAME}"],
  ["{name: ci, teams: x, value: {env: A}}", 'keys[0].teams: there is no such key; did you mean "team"?'],
  ["{name: ci, value: {env: A}}, {name: ci, value: {env: B}}", "keys[1].name: keys[0] has the same name"],
])("the keys [%s] have the problem %s", (keys, problem) => {
  expect(problemsOf(`${sound}keys: [${keys}]`)).toContain(problem);
  expect(problemsOf(`${sound}keys: [${keys}]`)).not.toContain("sk-sluice-abc");
});

test("a model whose backend can't be told says how to tell it", () => {
  const text = "models:\n  - gpt-4o-mini\n  - mistral-large\n";
  expect(problemsOf(text)).toBe(
    "sluice.yaml:3:5: models[1].backend: is missing: no backend can be told from the model's name; name it, or write BACKEND/MODEL",
  );
});

test.each([
  ["{action: mask}", "6:30: guardPolicies.p.prompt[0]: a rule needs a detector, or a pattern with a name"],
  [
    "{pattern: x, action: mask}",
    "6:30: guardPolicies.p.prompt[0]: a pattern needs a name, which the audit log can show",
  ],
  [
    "{detector: email, action: erase}",
    "6:56: guardPolicies.p.prompt[0].action: must be one of mask, block, audit",
  ],
  [
    "{detector: email, acton: mask, action: mask}",
    '6:48: guardPolicies.p.prompt[0].acton: there is no such key; did you mean "action"?',
  ],
  ["{detector: iabn, action: mask}", "6:41: guardPolicies.p.prompt[0].detector: must be one of email, "],
  ["{detector: iabn, action: mask}", 'prompt_injection; did you mean "iban"?'],
  [
    "{pattern: '(?=x)y', name: x, action: mask}",
    "6:40: guardPolicies.p.prompt[0].pattern: the pattern is refused: ",
  ],
])("the guard rule %s has the problem %s", (rule, problem) => {
  const text = `${sound}defaults: {guardPolicies: [p]}\nguardPolicies: {p: {prompt: [${rule}]}}`;
  expect(problemsOf(text)).toContain(problem);
  expect(problemsOf(text)).not.toContain("\n");
});

test("a guard policy without rules does nothing, which is an error", () => {
  const text = `${sound}defaults: {guardPolicies: [p]}\nguardPolicies: {p: {failure: open}}`;
  expect(problemsOf(text)).toBe(
    "sluice.yaml:6:20: guardPolicies.p: the policy has no rule, so it would do nothing",
  );
});

test("all problems are told at once, in the order of the file", () => {
  const problems = problemsOf(`backends:
  house: {provider: opnai}
models:
  - {name: gpt-*, backend: hous}
  - {nam: x, backend: house}
gateway: {maxBody: 32}
`).split("\n");
  expect(problems.map((problem) => problem.split(": ")[1])).toEqual([
    "backends.house.provider",
    "models[0].backend",
    "models[1].name",
    "models[1].nam",
    "gateway.maxBody",
  ]);
});

test("problems behind an alias are told where the value stands", () => {
  const text =
    "x-base: &base {provider: opnai}\nbackends: {house: *base}\nmodels: [{name: m, backend: house}]";
  expect(problemsOf(text)).toContain("sluice.yaml:1:26: backends.house.provider: must be one of");
});
