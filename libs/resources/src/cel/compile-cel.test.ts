import { expect, test } from "vitest";
import { CelError } from "./cel-error.ts";
import { celCompiler } from "./compile-cel.ts";

const compile = celCompiler<Record<string, unknown>>({ variables: { input: "map", steps: "map" } });

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
  ['input.text.matches("^a.c$")', { input: { text: "abc" } }, true],
  ['input.messages.exists(m, m.content.matches("b+"))', { input: { messages: [{ content: "abc" }] } }, true],
  ["input.messages.filter(m, true).all(m, false)", { input: { messages: [] } }, true],
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
  ["steps.a.output = 1", "unexpected character: = at character 16"],
  ["steps.a.output ==", "unexpected token: EOF at character 18"],
  ["output == 1", "unknown variable: output at character 1"],
  ["1 + 1", "it must be true or false, and it is an int"],
  ['"a" == 1', "no such overload: string == int at character 1"],
  ["outptu == 1", "unknown variable: outptu at character 1"],
  ["inptu.text == ''", 'unknown variable: inptu at character 1; did you mean "input"?'],
  ["input.text.matches(steps.a.output)", "the pattern of matches must be written out"],
  ["input.messages.all(m, m.content.matches(m.role))", "the pattern of matches must be written out"],
  ['input.text.matches("(")', "the pattern is refused: missing closing ): `(`"],
  [`input.text.matches("${"x".repeat(1_001)}")`, "a pattern is longer than 1000 characters"],
  ['input.text.matchesOfSluice("a")', "matchesOfSluice can't be used here"],
  ["lookedThroughOfSluice(input.text) == ''", "lookedThroughOfSluice can't be used here"],
  [
    "input.messages.map(m, input.messages.filter(n, true)).size() > 0",
    "filter stands within another loop, which could take too long",
  ],
  [
    "input.messages.all(m, input.messages.exists(n, n == m))",
    "exists stands within another loop, which could take too long",
  ],
  ["cel.bind(a, input.text, a == a)", "bind can't be used here"],
  [`input.text == "${"x".repeat(4000)}"`, "it is longer than 4000 characters"],
])("%s is refused", (source, message) => {
  expect(() => compile(source)).toThrow(new CelError(message));
});

test.each([
  ['steps.secret.output == "x"', { steps: {} }, "a value that it reads is not there"],
  [
    "input.messages[3].role == input.text",
    { input: { messages: [] } },
    "a list is shorter than it takes it for",
  ],
  ["input.text > 1", { input: { text: "secret words" } }, "the values do not fit it"],
  ['input.text.matches("a")', { input: { text: ["secret words"] } }, "the values do not fit it"],
  ["1 / input.text == 1", { input: { text: 0n } }, "it divides by zero"],
  ["1 % input.text == 1", { input: { text: 0n } }, "it divides by zero"],
  ["input.text", { input: { text: "secret words" } }, "it gives neither true nor false"],
])("%s of values that don't fit says so and repeats none of them", (source, values, message) => {
  expect(() => compile(source).holds(values)).toThrow(expect.objectContaining({ name: "CelError", message }));
});

test("a pattern that goes back and forth elsewhere takes no time here", () => {
  const text = `${"a".repeat(20_000)}!`;
  expect(compile('input.text.matches("^(a+)+$")').holds({ input: { text } })).toBe(false);
});
