import { describe, expect, it } from "vitest";
import { countTokens } from "./count-tokens.ts";

const prose = "one two three four ".repeat(5000);

describe("a count of tokens", () => {
  it("is the sum over the pieces", () => {
    expect(countTokens(prose, (piece) => piece.length, 60_000)).toBe(prose.length);
    expect(countTokens("", () => 1, 60_000)).toBe(0);
  });

  it("is carried forward to the rest of the text when its time is over", () => {
    let pieces = 0;
    const tokens = countTokens(
      prose,
      (piece) => {
        pieces++;
        return piece.length / 2;
      },
      -1,
    );
    expect(pieces).toBe(1);
    expect(tokens).toBe(prose.length / 2);
  });
});
