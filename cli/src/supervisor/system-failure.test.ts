import { expect, test } from "vitest";
import { explainSystemFailure } from "./system-failure.ts";

test("a full disk is one line with its remedy", () => {
  const error = Object.assign(new Error("no space"), { code: "ENOSPC", path: "/data/run.json" });
  expect(explainSystemFailure(error)).toMatchObject({
    name: "CommandError",
    message: "/data/run.json (ENOSPC): the disk is full: free some space and start again.",
  });
});

test("an error that says nothing of the system stays as it is", () => {
  const error = new Error("something else");
  expect(explainSystemFailure(error)).toBe(error);
});
