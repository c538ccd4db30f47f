import { expect, test } from "vitest";
import { explainFailure } from "./explain-failure.mjs";
import { failureLine, SetUpFailure } from "./set-up-failure.mjs";

test.each([
  {
    tool: "npm without a registry",
    output:
      "npm error code ECONNREFUSED\nnpm error syscall connect\nnpm error FetchError: request to http://registry/x failed, reason: connect ECONNREFUSED\n",
    what: "FetchError: request to http://registry/x failed, reason: connect ECONNREFUSED",
    mend: /network/,
  },
  {
    tool: "pnpm without a name server",
    output:
      "[WARN] GET http://registry/y error\n\n  × fetching\n  ├─▶ Failed to fetch http://registry/x:\n  │   error sending request\n  ╰─▶ failed to lookup address information: Temporary failure in name\n      resolution\n",
    what: "Failed to fetch http://registry/x: error sending request: failed to lookup address information: Temporary failure in name resolution",
    mend: /registry/,
  },
  {
    tool: "pnpm on a full disk, wrapped in the middle of the reason",
    output: "  × installing\n  ╰─▶ Failed to write: No\n      space left on device (os error 28)\n",
    what: "Failed to write: No space left on device (os error 28)",
    mend: /disk is full/,
  },
  {
    tool: "apt without a network",
    output:
      "Err:1 http://mirror Release\nW: Failed to fetch http://mirror/x  Temporary failure resolving 'mirror'\n",
    what: "W: Failed to fetch http://mirror/x Temporary failure resolving 'mirror'",
    mend: /package sources of apt/,
  },
  {
    tool: "apt without the package",
    output: "Reading package lists...\nE: Unable to locate package nats-server\n",
    what: "E: Unable to locate package nats-server",
    mend: /package source/,
  },
  {
    tool: "a tool that fails in a way nobody foresaw",
    output: "working\nerror: the moon is in the wrong quarter\nbye\n",
    what: "error: the moon is in the wrong quarter",
    mend: /log/,
  },
])("explains $tool", ({ output, what, mend }) => {
  const explained = explainFailure(output);
  expect(explained.what?.replace(/\s+/g, " ")).toBe(what);
  expect(explained.mend).toMatch(mend);
});

test("says that there was nothing to go by", () => {
  expect(explainFailure("\n")).toEqual({ what: undefined, mend: expect.stringContaining("log") });
});

test("a failure is one line that says what is wrong and how to mend it", () => {
  expect(new SetUpFailure("There is\nno disk.", "Buy one").message).toBe("There is no disk. Buy one.");
});

test.each([
  ["EACCES", /cannot be written \(EACCES\)\. Make it writable/],
  ["ENOSPC", /disk is full.*Free about 1 GB/],
])("errors of the file system get a remedy (%s)", (code, line) => {
  expect(failureLine(Object.assign(new Error("no"), { code, path: "/some/folder" }))).toMatch(line);
});
