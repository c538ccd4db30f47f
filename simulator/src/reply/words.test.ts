import { getEncoding } from "js-tiktoken";
import { expect, test } from "vitest";
import { endlessWords, sentence } from "./words.ts";

const encoder = getEncoding("o200k_base");

test.each([1, 2, 9, 20, 200, 1_000])(
  "each of %i pieces is one token, alone and within the whole",
  (length) => {
    const pieces = sentence(12_345, length);
    expect(pieces).toHaveLength(length);
    expect(pieces.filter((piece) => encoder.encode(piece).length !== 1)).toEqual([]);
    expect(encoder.encode(pieces.join(""))).toHaveLength(length);
  },
);

test("no pieces are an empty sentence", () => {
  expect(sentence(1, 0)).toEqual([]);
});

test("the same seed gives the same words, another gives others", () => {
  expect(sentence(7, 50)).toEqual(sentence(7, 50));
  expect(sentence(7, 50)).not.toEqual(sentence(8, 50));
});

test("endless words are one token each", () => {
  const words = endlessWords(3);
  const text = Array.from({ length: 500 }, () => String(words.next().value)).join("");
  expect(encoder.encode(text)).toHaveLength(500);
});
