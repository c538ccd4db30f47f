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
  expect(problemsOf(text)).toBe(`sluice.yaml:${problem}`);
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
  [
    "virtualModels: [{name: fast, targets: [{model: gpt-5, priority: 101}]}]",
    "5:65: virtualModels[0].targets[0].priority: must be at most 100",
  ],
  ['keys: [{name: ci, value: {file: ""}}]', "5:33: keys[0].value.file: must have at least 1 character"],
  [
    "defaults: {limits: [{requests: 1, interval: 1m, name: A B}]}",
    "5:55: defaults.limits[0].name: must be a name of lower-case letters, digits and -",
  ],
  ["ledger: {unrecordedCalls: maybe}", "5:27: ledger.unrecordedCalls: must be one of refuse, allow"],
  ["defaults: {lostCall: maybe}", "5:22: defaults.lostCall: must be one of fail, repeat"],
  [
    "defaults: {guardPolicies: [p]}\nguardPolicies: {p: {phoneRegion: de, prompt: [{detector: email, action: mask}]}}",
    "6:34: guardPolicies.p.phoneRegion: must be a country as two capital letters, such as DE",
  ],
])("%s has the problem %s", (added, problem) => {
  expect(problemsOf(sound + added)).toBe(`sluice.yaml:${problem}`);
});

test.each([
  [
    "{provider: openai, baseUrl: {env: not a name}}",
    "1:53: backends.house.baseUrl.env: must be the name of an environment variable",
  ],
  [
    '{provider: openai, baseUrl: {fallback: "http://a"}}',
    "1:47: backends.house.baseUrl: must be a URL that begins with http:// or https://, or {env: NAME, fallback: URL}",
  ],
  [
    "{provider: openai, baseUrl: 5}",
    "1:47: backends.house.baseUrl: must be a URL that begins with http:// or https://, or {env: NAME, fallback: URL}",
  ],
  [
    "{provider: openai, baseUrl: {env: A, fallback: a}}",
    "1:66: backends.house.baseUrl.fallback: must be a URL that begins with http:// or https://",
  ],
  [
    "{provider: openai, apiKey: 5}",
    "1:46: backends.house.apiKey: must be a map of keys and values, not a number",
  ],
  [
    '{provider: openai, apiKey: {file: ""}}',
    "1:53: backends.house.apiKey.file: must have at least 1 character",
  ],
  ["{}", "1:19: backends.house.provider: is missing"],
  [
    "{provider: opnai}",
    '1:30: backends.house.provider: must be one of openai, anthropic, gemini; did you mean "openai"?',
  ],
  [
    "{provider: openai, baseUrl: llm.example}",
    "1:47: backends.house.baseUrl: must be a URL that begins with http:// or https://",
  ],
  ["{provider: openai, apiKey: {}}", "1:46: backends.house.apiKey: either env or file, one of them"],
  [
    "{provider: openai, apiKey: {env: A, file: b}}",
    "1:46: backends.house.apiKey: either env or file, one of them",
  ],
  [
    "{provider: openai, apiKey: {env: not a name}}",
    "1:52: backends.house.apiKey.env: must be the name of an environment variable",
  ],
  [
    "{provider: openai, timeouts: {conect: 5s}}",
    '1:49: backends.house.timeouts.conect: there is no such key; did you mean "connect"?',
  ],
  [
    "{provider: openai, retries: {attempts: 99}}",
    "1:58: backends.house.retries.attempts: must be at most 10",
  ],
  ["{provider: openai, breaker: {failures: 0}}", "1:58: backends.house.breaker.failures: must be at least 1"],
  [
    "{provider: openai, breaker: {failureRatio: 0}}",
    "1:62: backends.house.breaker.failureRatio: must be at least 0.05",
  ],
  [
    "{provider: openai, breaker: {openFor: 10m}}",
    "1:47: backends.house.breaker.maxOpenFor: is shorter than openFor",
  ],
  [
    "{provider: openai, healthCheck: {interval: 10ms}}",
    "1:62: backends.house.healthCheck.interval: must be at least 1s",
  ],
  [
    "{provider: openai, healthCheck: {path: health}}",
    "1:58: backends.house.healthCheck.path: must be a path that begins with /",
  ],
  [
    "{provider: openai, region: EU}",
    "1:46: backends.house.region: must be a name of lower-case letters, digits and -",
  ],
])("the backend %s has the problem %s", (backend, problem) => {
  const text = `backends: {house: ${backend}}\nmodels: [{name: m, backend: house}]`;
  expect(problemsOf(text)).toBe(`sluice.yaml:${problem}`);
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
  expect(
    problemsOf(
      "backends: {My House: {provider: openai}, b: {provider: openai}}\nmodels: [{name: m, backend: b}]",
    ),
  ).toBe(
    'sluice.yaml:1:12: backends["My House"]: this key must be a name of lower-case letters, digits and -, beginning with a letter',
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
  ["{}", "5:17: virtualModels[0].name: is missing"],
  ["{name: fast}", "5:17: virtualModels[0]: either model, targets or choose, one of them"],
  ["{name: fast, model: gpt-*}", "5:37: virtualModels[0].model: must be a name without blanks and without *"],
  ["{name: x-*, model: gpt-5}", "5:24: virtualModels[0].name: must be a name without blanks and without *"],
  ["{name: fast, model: gtp-5}", '5:37: virtualModels[0].model: there is no model "gtp-5"'],
  [
    "{name: fast, targets: [gpt-5], model: gpt-5}",
    "5:17: virtualModels[0]: either model, targets or choose, one of them",
  ],
  [
    "{name: fast, model: gpt-5, guardPolicies: [p]}",
    '5:60: virtualModels[0].guardPolicies[0]: there is no guard policy "p"',
  ],
  [
    "{name: fast, model: gpt-5, target: [gpt-5]}",
    '5:44: virtualModels[0].target: there is no such key; did you mean "targets"?',
  ],
  ["{name: fast, targets: []}", "5:39: virtualModels[0].targets: name at least one model"],
  ["{name: fast, targets: [gpt-5, gtp-6]}", '5:47: virtualModels[0].targets[1]: there is no model "gtp-6"'],
  [
    "{name: fast, targets: [gpt-5, {model: gpt-5}]}",
    "5:47: virtualModels[0].targets[1]: targets[0] is the same model",
  ],
  ["{name: fast, targets: [{weight: 1}]}", "5:40: virtualModels[0].targets[0].model: is missing"],
  [
    "{name: fast, targets: [gpt-5, {model: gpt-4, weight: -1}]}",
    "5:70: virtualModels[0].targets[1].weight: must be at least 0",
  ],
  [
    "{name: fast, targets: [{model: gpt-5, weight: 0}]}",
    "5:39: virtualModels[0].targets: one of them needs a weight above 0",
  ],
  ["{name: fast, model: gpt-5, sticky: user}", "5:52: virtualModels[0].sticky: does nothing without targets"],
  [
    "{name: fast, targets: [gpt-5], sticky: team}",
    "5:56: virtualModels[0].sticky: must be one of none, user, key",
  ],
  [
    "{name: fast, model: gpt-5, strategy: least-latency}",
    "5:54: virtualModels[0].strategy: does nothing without targets",
  ],
  [
    "{name: fast, targets: [gpt-5], strategy: fastest}",
    "5:58: virtualModels[0].strategy: must be one of weighted, least-latency, least-busy, lowest-cost",
  ],
  [
    "{name: fast, targets: [gpt-5], strategy: least-latency, sticky: user}",
    "5:81: virtualModels[0].sticky: can't hold with strategy: least-latency, by which a request goes where it is served best at the moment",
  ],
  [
    "{name: fast, model: gpt-5}, {name: fast, model: gpt-4}",
    "5:52: virtualModels[1].name: virtualModels[0] has the same name",
  ],
])("the virtual models [%s] have the problem %s", (virtualModels, problem) => {
  expect(problemsOf(`${sound}virtualModels: [${virtualModels}]`)).toBe(`sluice.yaml:${problem}`);
});

test.each([
  ["{name: ci}", "5:8: keys[0].value: is missing"],
  ["{name: ci, value: {}}", "5:26: keys[0].value: either env or file, one of them"],
  [
    "{name: ci, value: sk-sluice-abc}",
    "5:26: keys[0].value: keys must not stand in this file: write {env: NAME} for an environment variable of whoever applies the file, or {file: PATH}",
  ],
  [
    "{name: ci, teams: x, value: {env: A}}",
    '5:19: keys[0].teams: there is no such key; did you mean "team"?',
  ],
  [
    "{name: ci, value: {env: A}}, {name: ci, value: {env: B}}",
    "5:44: keys[1].name: keys[0] has the same name",
  ],
  ["{name: ci, value: {env: A, file: b}}", "5:26: keys[0].value: either env or file, one of them"],
  [
    "{name: ci, value: {env: not a name}}",
    "5:32: keys[0].value.env: must be the name of an environment variable",
  ],
  ['{name: ci, value: {file: ""}}', "5:33: keys[0].value.file: must have at least 1 character"],
  ["{name: ci, models: [], value: {env: A}}", "5:27: keys[0].models: must have at least 1 entry"],
])("the keys [%s] have the problem %s", (keys, problem) => {
  expect(problemsOf(`${sound}keys: [${keys}]`)).toBe(`sluice.yaml:${problem}`);
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
  [
    "{detector: iabn, action: mask}",
    '6:41: guardPolicies.p.prompt[0].detector: must be one of email, phone, us_ssn, credit_card, iban, ip_address, secrets, prompt_injection; did you mean "iban"?',
  ],
  [
    "{detector: email, pattern: x, action: mask}",
    "6:57: guardPolicies.p.prompt[0].pattern: a rule has a detector or a pattern, not both: leave one out, or make two rules",
  ],
  [
    "{detector: email, name: n, action: mask}",
    "6:54: guardPolicies.p.prompt[0].name: only a pattern has a name: leave it out",
  ],
  [
    "{detector: email, action: block, replacement: x}",
    "6:76: guardPolicies.p.prompt[0].replacement: only the action mask replaces anything: leave this out, or mask",
  ],
  [
    "{pattern: x, name: A B, action: mask}",
    "6:49: guardPolicies.p.prompt[0].name: must be a name of lower-case letters, digits and _",
  ],
  [
    "{pattern: '', name: n, action: mask}",
    "6:40: guardPolicies.p.prompt[0].pattern: must have at least 1 character",
  ],
  [
    "{pattern: 'a*', name: n, action: mask}",
    "6:40: guardPolicies.p.prompt[0].pattern: the pattern is refused: it matches an empty text, so it would match everywhere",
  ],
  [
    "{pattern: '(a)\\1', name: n, action: mask}",
    "6:40: guardPolicies.p.prompt[0].pattern: the pattern is refused: back references are not supported",
  ],
  [
    "{pattern: '(open', name: n, action: mask}",
    "6:40: guardPolicies.p.prompt[0].pattern: the pattern is refused: unterminated group at character 6",
  ],
  [
    "{pattern: '(?=x)y', name: x, action: mask}",
    "6:40: guardPolicies.p.prompt[0].pattern: the pattern is refused: lookahead and lookbehind are not supported",
  ],
])("the guard rule %s has the problem %s", (rule, problem) => {
  const text = `${sound}defaults: {guardPolicies: [p]}\nguardPolicies: {p: {prompt: [${rule}]}}`;
  expect(problemsOf(text)).toBe(`sluice.yaml:${problem}`);
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
  expect(problemsOf(text)).toBe(
    'sluice.yaml:1:1: x-base: there is no such key\nsluice.yaml:1:26: backends.house.provider: must be one of openai, anthropic, gemini; did you mean "openai"?',
  );
});
