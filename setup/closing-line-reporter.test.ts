import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { projectFolder } from "./project.mjs";

/** Runs Vitest on these files in a folder of their own, with our reporter after its own. */
function run(files: Record<string, string>): { lastLine: string | undefined; exitCode: number | null } {
  const folder = mkdtempSync(join(tmpdir(), "sluice-reporter-"));
  try {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    const vitest = join(projectFolder, "node_modules", "vitest", "vitest.mjs");
    const reporter = join(projectFolder, "setup", "closing-line-reporter.ts");
    const programArguments = [vitest, "run", "--globals", "--reporter=default", `--reporter=${reporter}`];
    const { stdout, status } = spawnSync(process.execPath, programArguments, {
      cwd: folder,
      encoding: "utf8",
    });
    return { lastLine: stdout.trimEnd().split("\n").at(-1), exitCode: status };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const passing = 'test("adds", () => expect(1 + 1).toBe(2));';

test("counts tests that pass and fail", () => {
  const failing = 'test("adds", () => expect(1 + 1).toBe(3)); test("is", () => expect(1).toBe(1));';
  expect(run({ "a.test.ts": passing, "b.test.ts": failing })).toEqual({
    lastLine: "2 passed, 1 failed",
    exitCode: 1,
  });
});

test("a run without failures says so", () => {
  expect(run({ "a.test.ts": passing })).toEqual({ lastLine: "1 passed, 0 failed", exitCode: 0 });
});

test.each([
  ["a file that cannot be loaded", 'import "./nowhere.ts";'],
  ["a file without tests", "export {};"],
  ["a hook that fails", 'beforeAll(() => { throw new Error("no"); }); test("never", () => {});'],
  ["an error outside of all tests", 'test("calm", async () => { void Promise.reject(new Error("no")); });'],
])("counts %s as a failure", (_, text) => {
  const { lastLine, exitCode } = run({ "a.test.ts": passing, "b.test.ts": text });
  expect(lastLine).toMatch(/^[12] passed, 1 failed$/);
  expect(exitCode).toBe(1);
});
