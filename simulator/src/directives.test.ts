import { expect, test } from "vitest";
import { takeDirectives } from "./directives.ts";

test("a text without directives is left alone", () => {
  expect(takeDirectives("Hello [[world]]")).toBeUndefined();
});

test("values, flags and quoted values are read, and the text around them is kept", () => {
  expect(takeDirectives('Hi [[sim status=429 hang say="a \\"b\\" ]] \\n c"]] there')).toEqual({
    text: "Hi  there",
    values: { status: "429", hang: "true", say: 'a "b" ]] \n c' },
  });
});

test("several directives are put together, the later one winning", () => {
  expect(takeDirectives("[[sim chunks=1 burst=2]] and [[sim chunks=3]]")).toEqual({
    text: "and",
    values: { chunks: "3", burst: "2" },
  });
});

test("what is not closed is text", () => {
  expect(takeDirectives("[[sim status=429")).toBeUndefined();
  expect(takeDirectives("[[simple]]")).toBeUndefined();
});
