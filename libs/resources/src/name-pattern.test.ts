import { expect, test } from "vitest";
import { NamePatternIndex, namePatternSchema } from "./name-pattern.ts";

const index = new NamePatternIndex([
  ["*", "anything"],
  ["gpt-*", "gpt"],
  ["gpt-5*", "gpt-5 family"],
  ["gpt-5", "gpt-5 itself"],
  ["gpt-5", "a second gpt-5"],
]);

test.each([
  ["gpt-5", { value: "gpt-5 itself", rest: "" }],
  ["gpt-5-mini", { value: "gpt-5 family", rest: "-mini" }],
  ["gpt-4o", { value: "gpt", rest: "4o" }],
  ["gpt-", { value: "gpt", rest: "" }],
  ["gpt", { value: "anything", rest: "gpt" }],
  ["", { value: "anything", rest: "" }],
])("%j is found by the exact name, else by the longest beginning", (name, match) => {
  expect(index.find(name)).toEqual(match);
});

test("a name that no pattern fits is not found", () => {
  expect(new NamePatternIndex([["gpt-*", 1]]).find("claude-x")).toBeUndefined();
});

test("names of object members are no matches", () => {
  expect(new NamePatternIndex([["gpt-*", 1]]).find("constructor")).toBeUndefined();
  expect(new NamePatternIndex([["gpt-*", 1]]).find("__proto__")).toBeUndefined();
});

test.each([
  ["gpt-*", true],
  ["*", true],
  ["org/model:tag", true],
  ["a*b", false],
  ["**", false],
  ["a b", false],
  ["", false],
])("%j as a pattern is accepted: %j", (pattern, accepted) => {
  expect(namePatternSchema.safeParse(pattern).success).toBe(accepted);
});
