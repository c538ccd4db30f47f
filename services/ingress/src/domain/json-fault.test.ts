import { describe, expect, it } from "vitest";
import { jsonDepthExceeds, parseJsonBody } from "./json-fault.ts";

describe("a JSON body", () => {
  it.each([
    ['{"a": 1,\n "b": tru}', "at line 2, column 7 (position 15)"],
    ['{"a": 1} x', "at line 1, column 10 (position 9)"],
    ['{"a": ', "(it ends too early)"],
    ["  ", "(it is empty)"],
    ["\uFEFF{}", "at line 1, column 1 (position 0)"],
    ["[".repeat(200_000), "(the place is not known)"],
  ])("with a fault says where: %#", (text, place) => {
    expect(() => parseJsonBody(text)).toThrow(`The request body is not valid JSON ${place}.`);
  });

  it("never has its text in the error", () => {
    expect(() => parseJsonBody('{"secret": "sk-1234" oops}')).toThrow(/^(?!.*(sk-1234|oops)).*$/);
  });

  it.each([
    ["[]", 1],
    ["1", 0],
    ['{"a": [{"b": {}}], "c": []}', 4],
    ['"[[[["', 0],
    ['["\\"[[[", "\\\\", [1]]', 2],
  ])("%s is %i deep", (text, depth) => {
    expect(jsonDepthExceeds(text, depth)).toBe(false);
    expect(jsonDepthExceeds(text, depth - 1)).toBe(depth > 0);
  });
});
