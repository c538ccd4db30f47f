import { expect, test } from "vitest";
import { formatProblem } from "./configuration-problem.ts";
import { readResources } from "./read-resources.ts";

/** What is said of a workflow with these steps, each in a line of its own from the fifth on. */
function problemsOf(...steps: string[]): string[] {
  const text = `apiVersion: sluice.dev/v1
kind: Workflow
metadata: { name: w }
spec:
  steps:
${steps.map((step) => `  - ${step}`).join("\n")}
`;
  return readResources([{ text, name: "w.yaml" }]).problems.map(formatProblem);
}

const ask = (content: string) => `messages: [{ role: user, content: "${content}" }]`;
const first = `{ name: first, model: m, ${ask("{{ input.text }}")} }`;
const last = `{ name: last, model: m, ${ask("{{ steps.first.output }}")} }`;

test("steps that read what stands before them are fine", () => {
  expect(problemsOf(first, last)).toEqual([]);
  expect(
    problemsOf(
      `{ name: first, model: m, responseFormat: { type: json }, ${ask("{% for m in input.messages %}{{ m.content }}{% endfor %}")} }`,
      `{ name: second, when: "has(steps.first) && steps.first.json.a > 1", template: "{% if steps.first %}x{% endif %}" }`,
      `{ name: third, template: "{{ steps.second.output | default: 'none' }}" }`,
    ),
  ).toEqual([]);
});

const at = (line: number, step: string) => `w.yaml:${line}:${`  - ${step}`.length + 1}`;

test.each<[title: string, steps: string[], line: number, path: string, message: string]>([
  [
    "a step that there is not",
    [first, `{ name: last, model: m, ${ask("{{ steps.frist.output }}")} }`],
    7,
    "spec.steps[1].messages[0].content",
    'there is no step frist; did you mean "first"?',
  ],
  [
    "a step that stands behind",
    [`{ name: first, template: "{{ steps.last.output }}" }`, last],
    6,
    "spec.steps[0].template",
    "the step last stands after this one; a step reads what stands before it",
  ],
  [
    "a step that reads itself",
    [`{ name: first, template: "{{ steps.first.output }}" }`],
    6,
    "spec.steps[0].template",
    "the step first can't read what it gives itself",
  ],
  [
    "a field that steps don't have",
    [first, `{ name: last, template: "{{ steps.first.ouput }}" }`],
    7,
    "spec.steps[1].template",
    'a step has no ouput, only output and json; did you mean "output"?',
  ],
  [
    "the JSON of a step that answers in text",
    [
      first,
      `{ name: last, when: "steps.first.json.a", template: "{{ steps.first.output }}" }`,
      `{ name: end, template: "x" }`,
    ],
    7,
    "spec.steps[1].when",
    "the step first does not answer in JSON: give it responseFormat: { type: json }",
  ],
  [
    "a step that a value names",
    [first, `{ name: last, template: "{{ steps[input.text].output }}{{ steps.first.output }}" }`],
    7,
    "spec.steps[1].template",
    "which step is meant must stand there, as in steps.NAME.output",
  ],
  [
    "a part of the input that there is not",
    [`{ name: first, template: "{{ input.txt }}" }`],
    6,
    "spec.steps[0].template",
    'input has no txt; did you mean "text"?',
  ],
  [
    "a variable that there is not",
    [`{ name: first, template: "{{ inputs.text }}" }`],
    6,
    "spec.steps[0].template",
    'there is no value inputs, only input and steps; did you mean "input"?',
  ],
  [
    "a template that is none",
    [`{ name: first, template: "{{ input.text" }`],
    6,
    "spec.steps[0].template",
    'the template is refused: line 1, column 1: output "{{ input.text" not closed',
  ],
  [
    "a condition that is none",
    [
      first,
      `{ name: last, when: "steps.first.output", template: "{{ steps.first.output }}" }`,
      `{ name: end, when: "1", template: "x" }`,
      `{ name: sure, template: "y" }`,
    ],
    8,
    "spec.steps[2].when",
    "the condition is refused: it must be true or false, and it is an int",
  ],
  [
    "two steps of a name",
    [first, `{ name: first, template: "{{ input.text }}" }`],
    7,
    "spec.steps[1].name",
    "a step before it has the name first already",
  ],
  [
    "a step that nobody reads",
    [first, `{ name: last, template: "{{ input.text }}" }`],
    6,
    "spec.steps[0]",
    "the step first is for nothing: no later step reads its output",
  ],
  [
    "nothing but steps that may be left out",
    [`{ name: first, when: "input.text == 'a'", template: x }`],
    6,
    "spec.steps",
    "one step at least must have no condition, so that there is a reply",
  ],
  [
    "a last choice with a condition",
    [`{ name: first, choose: [{ when: "true", model: a }, { when: "false", model: b }], ${ask("x")} }`],
    6,
    "spec.steps[0].choose[1].when",
    "the last choice must have no condition: it is for when no other holds",
  ],
  [
    "a choice that is never reached",
    [`{ name: first, choose: [{ model: a }, { model: b }], ${ask("x")} }`],
    6,
    "spec.steps[0].choose[0]",
    "the choices after this one are never reached: give it a condition, or make it the last",
  ],
  [
    "a step that is both",
    [`{ name: first, model: m, template: x, ${ask("x")} }`],
    6,
    "spec.steps[0]",
    "either model, aiBackend, choose or template, one of them",
  ],
  ["a step that asks nothing", [`{ name: first, model: m }`], 6, "spec.steps[0].messages", "is missing"],
  [
    "a template with a temperature",
    [`{ name: first, template: x, temperature: 1 }`],
    6,
    "spec.steps[0].temperature",
    "is for steps that ask a model; a template asks none: leave it out",
  ],
  [
    "a message that is both",
    [`{ name: first, model: m, messages: [{ from: input, role: user }] }`],
    6,
    "spec.steps[0].messages[0]",
    "either role and content, or from: input",
  ],
])("%s is refused where it stands", (_title, steps, line, path, message) => {
  const problems = problemsOf(...steps);
  expect(problems).toHaveLength(1);
  expect(problems[0]?.replace(/(?<=^w\.yaml:\d+):\d+/, "")).toBe(`w.yaml:${line}: ${path}: ${message}`);
});

test("a name that is no name is refused", () => {
  const step = `{ name: my-step, template: x }`;
  expect(problemsOf(step)).toEqual([
    `${at(6, "{ name: ")}: spec.steps[0].name: must be a name of letters, digits and _, beginning with a lower-case letter`,
  ]);
});
