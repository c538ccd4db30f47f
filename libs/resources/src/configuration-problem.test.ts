import { expect, test } from "vitest";
import { ConfigurationError, formatPath } from "./configuration-problem.ts";

test.each([
  [[], ""],
  [["models", 0, "backend"], "models[0].backend"],
  [["backends", "eu-west", "apiKey"], "backends.eu-west.apiKey"],
  [["backends", "a b"], 'backends["a b"]'],
  [["backends", '"; rm'], 'backends["\\"; rm"]'],
])("the path %j is written %s", (path, text) => {
  expect(formatPath(path)).toBe(text);
});

test("the error has a line for each problem, with the place in the file", () => {
  const problems = [
    { file: "sluice.yaml", line: 1, column: 1, path: [], message: "the file is empty" },
    { file: "sluice.yaml", line: 3, column: 7, path: ["models", 0], message: "is missing" },
  ];
  expect(new ConfigurationError(problems).message).toBe(
    "sluice.yaml:1:1: the file is empty\nsluice.yaml:3:7: models[0]: is missing",
  );
});
