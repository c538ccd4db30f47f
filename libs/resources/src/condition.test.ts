import { expect, test } from "vitest";
import { ConditionError, conditionCompiler } from "./condition.ts";

const compile = conditionCompiler(["input", "steps"]);

test.each<[source: string, values: Record<string, unknown>, holds: boolean]>([
  ['steps.a.output == "x"', { steps: { a: { output: "x" } } }, true],
  ['steps.a.output in ["x", "y"]', { steps: { a: { output: "z" } } }, false],
  ["steps.a.json.score > 0.5", { steps: { a: { json: { score: 0.75 } } } }, true],
  ["steps.a.json.count == 3", { steps: { a: { json: { count: 3 } } } }, true],
  ["!steps.a.json.good", { steps: { a: { json: { good: false } } } }, true],
  ["has(steps.a)", { steps: {} }, false],
  ["has(steps.a) && steps.a.json.x == 1", { steps: {} }, false],
  ["input.text.size() < 4", { input: { text: "abc" } }, true],
  ['input.text.contains("b") || input.text.startsWith("z")', { input: { text: "abc" } }, true],
  ['input.messages.exists(m, m.role == "system")', { input: { messages: [{ role: "user" }] } }, false],
  ['steps.a.output.lowerAscii() == "x"', { steps: { a: { output: "X" } } }, true],
])("%s of %j is %j", (source, values, holds) => {
  expect(compile(source).holds(values)).toBe(holds);
});

test.each<[source: string, reads: (string | undefined)[][]]>([
  ['steps.a.output == "x"', [["steps", "a", "output"]]],
  ['steps["a"].json.b[0] == 1', [["steps", "a", "json", "b", "0"]]],
  [
    "has(steps.a) && input.text.size() > 1",
    [
      ["steps", "a"],
      ["input", "text"],
    ],
  ],
  [
    "input.messages.exists(m, m.role == input.text)",
    [["input", "messages"], ["m"], ["m", "role"], ["input", "text"]],
  ],
  [
    "steps[input.text].output == steps.b.output",
    [
      ["steps", undefined, "output"],
      ["input", "text"],
      ["steps", "b", "output"],
    ],
  ],
  [
    "true ? steps.a.json.x : steps.b.json.x",
    [
      ["steps", "a", "json", "x"],
      ["steps", "b", "json", "x"],
    ],
  ],
])("%s reads %j", (source, reads) => {
  expect(compile(source).reads).toEqual(reads);
});

test.each([
  ["steps.a.output = 1", "it can't be read: unexpected character: = at character 16"],
  ["steps.a.output ==", "it can't be read: unexpected token: EOF at character 18"],
  ["output == 1", "it can't be: unknown variable: output at character 1"],
  ["1 + 1", "it gives a value of the type int, not true or false"],
  ['"a" == 1', "it can't be: no such overload: string == int at character 1"],
  [
    'input.text.matches("(a+)+$")',
    "there is no function matches here: some patterns would take for ever. Use ==, in, contains or startsWith",
  ],
  [
    "input.messages.all(m, input.messages.exists(n, n == m))",
    "exists stands within another loop, which could take too long",
  ],
  ["cel.bind(a, input.text, a == a)", "bind can't be used here"],
  [`input.text == "${"x".repeat(4000)}"`, "it is longer than 4000 characters"],
])("%s is refused", (source, message) => {
  expect(() => compile(source)).toThrow(new ConditionError(message));
});

test.each([
  ['steps.secret.output == "x"', { steps: {} }, "a value that it reads is not there"],
  [
    "input.messages[3].role == input.text",
    { input: { messages: [] } },
    "a list is shorter than it takes it for",
  ],
  ["input.text > 1", { input: { text: "secret words" } }, "the values do not fit it"],
  ["input.text", { input: { text: "secret words" } }, "it gives neither true nor false"],
])("%s of values that don't fit says so and repeats none of them", (source, values, message) => {
  expect(() => compile(source).holds(values)).toThrow(new ConditionError(message));
});
