import { describe, expect, test } from "vitest";
import { compileContent } from "./compile-content.ts";
import { formatProblem } from "./configuration-problem.ts";
import { readResources } from "./read-resources.ts";

const head = "apiVersion: sluice.dev/v1\nkind: PromptTemplate\nmetadata: { name: p }\nspec:\n";

function problemsOf(spec: string): string[] {
  return readResources([{ text: head + spec, name: "p.yaml" }]).problems.map(formatProblem);
}

const hi = "  versions: [{ version: 1, messages: [{ role: user, content: Hi }] }]\n";

test.each([
  ["  versions: []\n", "p.yaml:5:13: spec.versions: must have at least 1 entry"],
  [
    "  versions: [{ version: 1.5, messages: [{ role: user, content: Hi }] }]\n",
    "p.yaml:5:25: spec.versions[0].version: must be a whole number, or a text of letters, digits, -, _ and . (in quotes where it looks like a number)",
  ],
  [
    "  versions: [{ version: 1, messages: [{ role: tool, content: Hi }] }]\n",
    "p.yaml:5:47: spec.versions[0].messages[0].role: must be one of system, user, assistant",
  ],
  [
    "  versions: [{ version: 1, messages: [{ role: user, content: Hi }, { role: system, content: Hi }] }]\n",
    "p.yaml:5:76: spec.versions[0].messages[1].role: messages of the system stand first: not every provider takes them later",
  ],
  [
    "  versions: [{ version: 1, messages: [{ role: user, content: '{{ a' }] }]\n",
    'p.yaml:5:62: spec.versions[0].messages[0].content: the template is refused: line 1, column 1: output "{{ a" not closed',
  ],
  [
    "  versions: [{ version: 1, messages: [{ role: user, content: '{{ qestion }}' }] }]\n  variables: { question: {} }\n",
    'p.yaml:5:62: spec.versions[0].messages[0].content: the template uses qestion, which is not among the variables; did you mean "question"?',
  ],
  [
    "  versions:\n  - { version: 1, messages: [{ role: user, content: Hi }] }\n  - { version: '1', messages: [{ role: user, content: Hi }] }\n",
    "p.yaml:7:16: spec.versions[1].version: versions[0] has the same name",
  ],
  [
    `${hi}  labels: { production: 2 }\n`,
    'p.yaml:6:25: spec.labels.production: there is no version "2"; did you mean "1"?',
  ],
  [
    `${hi}  labels: { production: [{ version: 1, weight: -1 }] }\n`,
    "p.yaml:6:48: spec.labels.production[0].weight: must be at least 0",
  ],
  [
    `${hi}  labels: { production: [{ version: 1, weight: 0 }] }\n`,
    "p.yaml:6:25: spec.labels.production: at least one weight must be more than 0",
  ],
  [
    `${hi}  labels: { production: [{ version: 1 }, { version: 1 }] }\n`,
    "p.yaml:6:53: spec.labels.production[1].version: the label has this version already",
  ],
  [
    `${hi}  labels: { production: [{ versoin: 1, version: 1 }] }\n`,
    'p.yaml:6:28: spec.labels.production[0].versoin: there is no such key; did you mean "version"?',
  ],
  [`${hi}  labels: { production: [] }\n`, "p.yaml:6:25: spec.labels.production: must have at least 1 entry"],
  [
    `${hi}  labels: { production: [true] }\n`,
    "p.yaml:6:26: spec.labels.production[0]: must be a map of keys and values, not true or false",
  ],
  [
    `${hi}  labels: { "a b": 1 }\n`,
    'p.yaml:6:13: spec.labels["a b"]: this key must be a name of letters, digits, -, _ and .',
  ],
  [
    `${hi}  variables: { "a-b": {} }\n`,
    "p.yaml:6:16: spec.variables.a-b: this key must be a name of letters, digits and _",
  ],
  [
    `${hi}  variables: { "true": {} }\n`,
    "p.yaml:6:16: spec.variables.true: this key must be another one: templates have a meaning of their own for it",
  ],
  [
    `${hi}  variables: { a: { required: true, default: x } }\n`,
    "p.yaml:6:31: spec.variables.a.required: a variable with a default is not required",
  ],
  [`${hi}  variables: { a: { default: } }\n`, "p.yaml:6:30: spec.variables.a.default: is empty"],
  [
    `${hi}  sticky: users\n`,
    'p.yaml:6:11: spec.sticky: must be one of none, user, session; did you mean "user"?',
  ],
  [
    `${hi}  sessionHeader: x-chat\n`,
    "p.yaml:6:18: spec.sessionHeader: does nothing unless sticky is session",
  ],
  [
    "  versions: [{ version: 1, parameters: { max_tokens: 5 }, messages: [{ role: user, content: Hi }] }]\n",
    'p.yaml:5:42: spec.versions[0].parameters.max_tokens: there is no such key; did you mean "maxTokens"?',
  ],
])("%j is refused", (spec, problem) => {
  expect(problemsOf(spec)).toEqual([problem]);
});

/** A problem without its file, line and column. */
const withoutPlace = (text: string): string => text.replace(/^r\.yaml:\d+:\d+: /, "");

/** Resources and what becomes of them. */
function compiled(...lines: string[]) {
  const read = readResources([{ text: lines.join("\n---\n"), name: "r.yaml" }]);
  expect(read.problems.map(formatProblem)).toEqual([]);
  const { content, warnings, problems } = compileContent(undefined, read.resources);
  return { content, warnings: warnings.map(formatProblem), problems: problems.map(formatProblem) };
}

function resource(kind: string, name: string, spec: string): string {
  return `{ apiVersion: sluice.dev/v1, kind: ${kind}, metadata: { name: ${name} }, spec: ${spec} }`;
}

const prompt = resource(
  "PromptTemplate",
  "p",
  "{ variables: { q: {}, old: { default: [1] } }, versions: [{ version: 1, model: m, messages: [{ role: user, content: '{{ q }}' }] }], labels: { production: 1 } }",
);
const backend = resource("AIBackend", "any", "{ provider: openai }");
const route = (part: string, destination = "aiBackend: { name: any }") =>
  resource("RouteTable", "t", `{ routes: [{ name: r, destination: { ${destination} }, prompt: ${part} }] }`);
const ofP = "{ template: { name: p } }";

describe("compiled", () => {
  test("a template has its defaults filled in", () => {
    const { content, warnings } = compiled(prompt);
    expect(content.promptTemplates).toEqual({
      p: {
        variables: { q: { required: true }, old: { required: false, default: [1] } },
        versions: {
          "1": { model: "m", messages: [{ role: "user", content: "{{ q }}" }], parameters: {} },
        },
        labels: { production: [{ version: "1", weight: 1 }] },
        sticky: "none",
        sessionHeader: "x-session-id",
      },
    });
    expect(warnings).toEqual(["r.yaml:1:1: PromptTemplate p: no version uses the variable old"]);
  });

  test.each([
    ["the label production by itself", ofP, { template: "p", label: "production" }],
    ["a version", "{ template: { name: p }, version: 1 }", { template: "p", version: "1" }],
  ])("a route has %s", (_what, part, expected) => {
    const { content, problems } = compiled(prompt, backend, route(part));
    expect(problems).toEqual([]);
    expect(content.routes[0]).toMatchObject({ name: "t/r", prompt: expected });
    expect(content.routes[0]?.unavailable).toBeUndefined();
  });

  test.each([
    ["{ template: { name: q } }", "there is no PromptTemplate q", '; did you mean "p"?'],
    [
      "{ template: { name: p }, label: prodution }",
      "the PromptTemplate p has no label prodution",
      '; did you mean "production"?',
    ],
    ["{ template: { name: p }, version: 7 }", "the PromptTemplate p has no version 7", '; did you mean "1"?'],
  ])("a route with %s is closed", (part, missing, hint) => {
    const { content, warnings } = compiled(prompt, backend, route(part));
    expect(content.routes[0]?.unavailable).toBe(missing);
    expect(warnings.some((warning) => warning.endsWith(`route t/r: ${missing}${hint}`))).toBe(true);
  });

  test("a route that forwards takes none", () => {
    const service = resource(
      "ExternalService",
      "s",
      "{ hosts: [a.example], ports: [{ number: 80, protocol: HTTP }] }",
    );
    const { problems } = compiled(prompt, service, route(ofP, "externalService: { name: s }"));
    expect(problems.map(withoutPlace)).toEqual([
      "RouteTable t: route t/r: a prompt is for a model that is called in its dialect; this one forwards what it gets",
    ]);
  });

  test("a backend with a model of its own overrules those of the versions, which is a warning", () => {
    const own = resource("AIBackend", "any", "{ provider: openai, model: gpt-5 }");
    const { warnings } = compiled(prompt, own, route(ofP));
    expect(warnings.map(withoutPlace)).toEqual([
      "RouteTable t: route t/r: the AIBackend asks for its own model, whatever the versions of p say",
      "PromptTemplate p: no version uses the variable old",
    ]);
  });

  test("label and version together are refused", () => {
    const text = route("{ template: { name: p }, label: production, version: 1 }");
    const { problems } = readResources([{ text, name: "r.yaml" }]);
    expect(problems.map(({ message }) => message)).toEqual(["either label or version, not both"]);
  });
});
