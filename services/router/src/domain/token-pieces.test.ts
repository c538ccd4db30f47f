import { Tiktoken } from "js-tiktoken/lite";
import o200k from "js-tiktoken/ranks/o200k_base";
import { describe, expect, it } from "vitest";
import { longestPieceChars, longestRunChars, tokenPieces } from "./token-pieces.ts";

const encoding = new Tiktoken(o200k);
const whole = (text: string) => encoding.encode(text, [], []).length;
const inPieces = (text: string) => [...tokenPieces(text)].reduce((sum, piece) => sum + whole(piece), 0);

describe("a text in pieces", () => {
  it.each([
    "",
    "plain words",
    "a".repeat(10_000),
    " \n".repeat(700),
    `${"x".repeat(255)} ${"y".repeat(257)}`,
    "漢字".repeat(400),
    "👩‍👩‍👧".repeat(100),
  ])("is the text again when joined, with no run too long (%#)", (text) => {
    const pieces = [...tokenPieces(text)];
    expect(pieces.join("")).toBe(text);
    const longest = Math.max(
      0,
      ...pieces.flatMap((piece) => piece.split(/(?<=\s)(?=\S)|(?<=\S)(?=\s)/u)).map((run) => [...run].length),
    );
    expect(longest).toBeLessThanOrEqual(longestRunChars);
  });

  it("is cut at words where it is long, which changes no count", () => {
    const prose = "It's a far, far better thing that I do (than I've ever done) -- 1859, e.g.\n\n".repeat(
      900,
    );
    const pieces = [...tokenPieces(prose)];
    expect(pieces.length).toBeGreaterThan(3);
    expect(Math.max(...pieces.map((piece) => piece.length))).toBeLessThan(longestPieceChars + 100);
    expect(pieces.join("")).toBe(prose);
    expect(inPieces(prose)).toBe(whole(prose));
  });

  it("of prose has exactly the tokens of the whole, since nothing is cut", () => {
    const prose = "It was the best of times, it was the worst of times; so we counted every token. ".repeat(
      50,
    );
    expect(inPieces(prose)).toBe(whole(prose));
  });

  it.each([
    ["one letter", "a".repeat(2000)],
    ["Chinese", "天地玄黄宇宙洪荒日月盈昃辰宿列张寒来暑往秋收冬藏".repeat(80)],
    [
      "base64",
      Buffer.from(Array.from({ length: 1500 }, (_, index) => (index * 7919) % 256)).toString("base64"),
    ],
    ["spaces", " ".repeat(2000)],
  ])("of %s differs from the whole by at most 2 in a hundred and one a cut", (_name, text) => {
    const difference = Math.abs(inPieces(text) - whole(text));
    expect(difference).toBeLessThanOrEqual(0.02 * whole(text) + [...tokenPieces(text)].length);
  });
});
