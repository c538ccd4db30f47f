import { getEncoding } from "js-tiktoken";
import { expect, test } from "vitest";
import { countTokens } from "./count-tokens.ts";

test("a text is counted as o200k_base counts it, the second time as well", () => {
  const text = "The quick brown fox jumps over the lazy dog. Größe, 東京!";
  const tokens = getEncoding("o200k_base").encode(text).length;
  expect(countTokens(text)).toBe(tokens);
  expect(countTokens(text)).toBe(tokens);
});

test("special tokens are text like any other", () => {
  expect(countTokens("<|endoftext|>")).toBeGreaterThan(1);
});

test.each([
  ["a repeated character", "x".repeat(10_000), 2_500],
  ["spaces", " ".repeat(100_000), 25_000],
  ["Chinese", "水".repeat(100_000), 75_000],
  ["more than 64 KiB of words", "word ".repeat(20_000), 25_000],
])("%s is a quarter of its bytes", (_name, text, tokens) => {
  expect(countTokens(text)).toBe(tokens);
});
