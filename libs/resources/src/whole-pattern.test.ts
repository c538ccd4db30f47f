import { expect, test } from "vitest";
import { compileWholePattern, wholePatternSchema } from "./whole-pattern.ts";

test.each([
  ["a+", "aa", ["aa"]],
  ["a+", "aab", undefined],
  ["a+", "baa", undefined],
  ["a|ab", "ab", ["ab"]],
  [".*", "", [""]],
  [".*", "a\nb", ["a\nb"]],
  ["Bearer (.+)", "Bearer key", ["Bearer key", "key"]],
  ["(a)|(b)", "b", ["b", undefined, "b"]],
  ["(?i)KEY", "key", ["key"]],
])("the pattern %s on %j gives %j", (source, text, groups) => {
  expect(compileWholePattern(source).match(text)).toEqual(groups);
});

test.each(["", "(", "(?=a)", "\\1", "a".repeat(1_001)])("%.20s is no pattern", (source) => {
  expect(wholePatternSchema.safeParse(source).success).toBe(false);
});

test("a pattern that would make others go back and forth takes a long text in one go", () => {
  expect(compileWholePattern("(a+)+b").match("a".repeat(20_000))).toBeUndefined();
});
