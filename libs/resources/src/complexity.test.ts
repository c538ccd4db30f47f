import { expect, test } from "vitest";
import { compileComplexity, usualComplexity } from "./complexity.ts";

const facts = { inputTokens: 100, outputTokens: 50, messages: 3, tools: 2, images: 1, model: "gpt-5" };

test.each([
  [usualComplexity, 100 + 150 + 400 + 1000],
  ["inputTokens + 4 * outputTokens", 300],
  ["0.25 * inputTokens + 1.1", 27],
  ["model.startsWith('gpt-5') ? 3 * inputTokens : inputTokens", 300],
  ["messages > 2 ? 10 : 1", 10],
  ["messages - 10", 0],
  ["inputTokens / 0", Number.MAX_SAFE_INTEGER],
])("%s", (formula, complexity) => {
  expect(compileComplexity(formula)(facts)).toBe(complexity);
});

test.each([
  ["inputTkens * 2", 'unknown variable: inputTkens at character 1; did you mean "inputTokens"?'],
  ["model", "it must be a number, and it is of type string"],
  ["tools > 2", "it must be a number, and it is of type bool"],
  ["inputTokens +", /character 14/],
  [`${"1 + ".repeat(300)}1`, "it is longer than 1000 characters"],
])("%s is refused", (formula, reason) => {
  expect(() => compileComplexity(formula)).toThrow(reason);
});

test("what gives no number can't be told", () => {
  expect(() => compileComplexity("0.0 * (inputTokens / 0)")(facts)).toThrow("it gives no number");
});
