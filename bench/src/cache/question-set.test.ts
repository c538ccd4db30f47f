import { expect, test } from "vitest";
import { questionsPerKind, readRounds } from "./question-set.ts";
import { readWordVectors, textVector, wordsOf } from "./word-vectors.ts";

const rounds = readRounds();
const all = rounds.flatMap(({ wordings, nearMisses }) => [...wordings, ...nearMisses]);

test("no round asks anything twice in the same words, and no words have two meanings", () => {
  for (const { wordings, nearMisses } of rounds) {
    const texts = [...wordings, ...nearMisses].map(({ text }) => text);
    expect(new Set(texts).size).toBe(texts.length);
    expect(wordings).toHaveLength(40 * questionsPerKind.wordings);
    expect(nearMisses).toHaveLength(40 * questionsPerKind.nearMisses);
  }
  const meanings = Map.groupBy(all, ({ text }) => text);
  expect(
    [...meanings.values()].filter((same) => new Set(same.map(({ meaning }) => meaning)).size > 1),
  ).toEqual([]);
});

test("nearly all words have a vector, and the same text has the same", () => {
  const vectors = readWordVectors();
  const unknown = new Set(
    all.flatMap(({ text }) => wordsOf(text)).filter((word) => !(word in vectors.words)),
  );
  expect([...unknown].filter((word) => !/^\d+$/.test(word)).toSorted()).toEqual([
    "a",
    "i",
    "klarna",
    "o",
    "sofort",
  ]);
  const [text = ""] = all.map((question) => question.text);
  expect(textVector(vectors, text)).toEqual(textVector(vectors, text));
  expect(Math.hypot(...textVector(vectors, text))).toBeCloseTo(1, 6);
});

test("a part of the kinds is asked where that is wanted", () => {
  expect(readRounds(2).map(({ wordings }) => wordings.length)).toEqual(Array(5).fill(8));
});
