import { expect, test } from "vitest";
import { CommandError } from "../command-error.ts";
import { explainSystemFailure } from "./system-failure.ts";

test.each([
  ["ENOSPC", "the disk is full: free some space and start again."],
  ["EDQUOT", "the disk quota is used up: free some space and start again."],
  ["EACCES", "it is not ours to write: set SLUICE_DATA_DIR to a folder of this user."],
  ["EPERM", "it is not ours to write: set SLUICE_DATA_DIR to a folder of this user."],
  ["EROFS", "the file system is read-only: set SLUICE_DATA_DIR to a folder that can be written."],
  ["EMFILE", "too many files are open: raise the limit (ulimit -n) and start again."],
  ["ENOMEM", "memory is used up: free some and start again."],
  ["EAGAIN", "no further process may be started: raise the limit (ulimit -u) and start again."],
])("%s is one line with its remedy", (code, remedy) => {
  const error = Object.assign(new Error("no space"), { code, path: "/data/run.json" });
  expect(explainSystemFailure(error)).toEqual(new CommandError(`/data/run.json (${code}): ${remedy}`));
});

test("an error that says nothing of the system stays as it is", () => {
  const error = new Error("something else");
  expect(explainSystemFailure(error)).toBe(error);
});
