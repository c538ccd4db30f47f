import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileLinearPattern } from "./linear-pattern.ts";
import { LinearPatternError } from "./linear-pattern-error.ts";

function viableFrom(source: string, text: string): number {
  const matcher = compileLinearPattern(source).prefixAtEnd.matcher(text);
  return matcher.find() ? matcher.start() : text.length;
}

describe("compileLinearPattern", () => {
  it.each([
    ["PRJ-[0-9]{4}", 12],
    ["PRJ\\-(?:a|bcd)?", 7],
    ["(?i)order\\s[0-9]{1,3}", 13],
    ["(a+)+$", undefined],
    ["\\bacct\\b.*", undefined],
  ])("accepts %s and knows its longest match", (source, maxLength) => {
    expect(compileLinearPattern(source).maxLength).toBe(maxLength);
  });

  it.each([
    ["(?=secret)x", "lookahead and lookbehind are not supported"],
    ["(?<!x)secret", "lookahead and lookbehind are not supported"],
    ["(a)\\1", "back references are not supported"],
    ["a*", "it matches an empty text, so it would match everywhere"],
    ["\\b", "it matches an empty text, so it would match everywhere"],
    ["[a-", "unterminated character class at character 4"],
    ["(open", "unterminated group at character 6"],
    ["[[:alpha:]]+", "lone quantifier brackets at character 11"],
    ["((a{100}){100}){100}", "invalid repeat count: `{100}`"],
    [`a${"b".repeat(1_000)}`, "it is longer than 1000 characters"],
  ])("refuses %s with the reason", (source, reason) => {
    expect(() => compileLinearPattern(source)).toThrow(new LinearPatternError(reason));
  });

  it.each([
    ["PRJ-\\d{4}", "see PRJ-12", 4],
    ["PRJ-\\d{4}", "see PRJ-1234", 4],
    ["PRJ-\\d{4}", "see PRJ-12345", 13],
    ["PRJ-\\d{4}", "see PRX", 7],
    ["PRJ-\\d{4}\\b", "see PRJ-1234", 4],
    ["(a+)+$", "xaaa", 1],
    ["(?:ab|cd){2,3}e?f", "--abcdab", 2],
    ["(?i)secret\\s+plan", "the SECRET  ", 4],
  ])("%s could still grow out of %j from %i on", (source, text, from) => {
    expect(viableFrom(source, text)).toBe(from);
  });

  it("finds every proper beginning of a match viable", () => {
    const sources = [
      "(?:ab|c)+d{2,3}",
      "x\\d{1,3}(?:-[a-z]+)*y",
      "a(b(c(d)?)?)?e",
      "^abc$",
      "\\bq[^z]{0,4}z",
    ];
    const matches = ["abcddd", "x12-ab-cy", "abcde", "abc", "qabcdz"];
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4 }), fc.nat(), (index, cut) => {
        const match = matches[index] ?? "";
        const beginning = match.slice(0, cut % match.length);
        expect(viableFrom(sources[index] ?? "", beginning)).toBe(0);
      }),
    );
  });

  it("searches a text made to make others backtrack in time proportional to its length", () => {
    const { expression } = compileLinearPattern("(a+)+$");
    expect(expression.test(`${"a".repeat(100_000)}!`)).toBe(false);
  });
});
