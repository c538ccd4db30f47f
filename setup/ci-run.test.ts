import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { expect, test } from "vitest";
import { projectFolder } from "./project.mjs";

/** Runs .ci/run with an npm that does what it is told: a line of shell for `npm run check` and for `npm test`. */
function runCi(check: string, tests: string): { lastLine: string | undefined; exitCode: number | null } {
  const folder = mkdtempSync(join(tmpdir(), "sluice-ci-"));
  try {
    const npm = join(folder, "npm");
    writeFileSync(npm, `#!/bin/sh\ncase "$*" in "run check") ${check};; "test") ${tests};; esac\n`);
    chmodSync(npm, 0o755);
    const { stdout, status } = spawnSync(join(projectFolder, ".ci", "run"), {
      env: { PATH: [folder, process.env.PATH].join(delimiter) },
      encoding: "utf8",
    });
    return { lastLine: stdout.trimEnd().split("\n").at(-1), exitCode: status };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

test.each([
  ["all is well", "true", "echo 7 passed, 0 failed", "7 passed, 0 failed", 0],
  ["npm talks on", "true", "echo 7 passed, 0 failed; echo npm notice", "7 passed, 0 failed", 0],
  ["a test fails", "true", "echo 6 passed, 1 failed; exit 1", "6 passed, 1 failed", 1],
  ["the check fails", "exit 1", "echo 7 passed, 0 failed", "7 passed, 1 failed", 1],
  ["the tests crash", "true", "exit 137", "0 passed, 1 failed", 1],
  ["the tests say nothing", "true", "true", "0 passed, 1 failed", 1],
  ["the run fails with no failed test", "true", "echo 7 passed, 0 failed; exit 1", "7 passed, 1 failed", 1],
])("when %s", (_, check, tests, lastLine, exitCode) => {
  expect(runCi(check, tests)).toEqual({ lastLine, exitCode });
});
