import { expect, test } from "vitest";
import { writeCsv } from "./csv.ts";

test("columns stand in the order asked for, after a line of their names", () => {
  expect(writeCsv([{ b: 1, a: "x", c: "left out" }], ["a", "b"])).toBe("a,b\r\nx,1\r\n");
});

test("no rows are the names alone", () => {
  expect(writeCsv([], ["a", "b"])).toBe("a,b\r\n");
});

test.each([
  ["=1+1", "'=1+1"],
  ["+49 30", "'+49 30"],
  ["-x", "'-x"],
  ["@sum", "'@sum"],
  ["\tx", "'\tx"],
])("%j can't run as a formula", (cell, expected) => {
  expect(writeCsv([{ a: cell }], ["a"])).toBe(`a\r\n${expected}\r\n`);
});

test.each([
  ['say "hi", twice', '"say ""hi"", twice"'],
  ["two\nlines", '"two\nlines"'],
  ["one\rline", '"one\rline"'],
  [null, ""],
  [0, "0"],
  [false, "false"],
  [["blue", "red"], "blue;red"],
  [{ input: "1" }, '"{""input"":""1""}"'],
])("%j is written as %j", (cell, expected) => {
  expect(writeCsv([{ a: cell }], ["a"])).toBe(`a\r\n${expected}\r\n`);
});

test("a list whose first item is a formula can't run either", () => {
  expect(writeCsv([{ a: ["=1", "b"] }], ["a"])).toBe("a\r\n'=1;b\r\n");
});
