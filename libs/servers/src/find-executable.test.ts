import { expect, test } from "vitest";
import { findExecutable } from "./find-executable.ts";

test("finds a program in a folder it was given", () => {
  expect(findExecutable("sh")).toMatch(/\/sh$/);
});

test("does not take a folder or a missing file for a program", () => {
  expect(findExecutable("bin", ["/usr"])).toBeUndefined();
  expect(findExecutable("no-such-program")).toBeUndefined();
});
