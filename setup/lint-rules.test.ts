import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { projectFolder } from "./project.mjs";

const readsEnvironment = "export const home = process.env.HOME;\n";

/** One file for each thing that is looked for, by the rule that must find it. */
const refused: { rule: string; file: string; text: string }[] = [
  { rule: "noProcessEnv", file: "services/guard/src/service.ts", text: readsEnvironment },
  { rule: "noProcessEnv", file: "libs/bus/src/connect.ts", text: readsEnvironment },
  { rule: "noExplicitAny", file: "services/guard/src/loose.ts", text: "export const anything: any = 1;\n" },
  {
    rule: "noNonNullAssertion",
    file: "libs/bus/src/sure.ts",
    text: "export const f = (list: string[]) => list[0]!;\n",
  },
  { rule: "noConsole", file: "services/guard/src/loud.ts", text: 'console.log("hello");\n' },
  { rule: "noUnusedImports", file: "libs/bus/src/idle.ts", text: 'import { join } from "node:path";\n' },
  { rule: "useFilenamingConvention", file: "libs/bus/src/frameReader.ts", text: "export const one = 1;\n" },
];

const accepted = [
  { file: "services/guard/src/main.ts", text: readsEnvironment },
  { file: "libs/runtime/src/environment.ts", text: readsEnvironment },
  { file: "cli/src/settings.ts", text: readsEnvironment },
];

type Diagnostic = { category: string; location: { path: string } };

let root: string;
let diagnostics: Diagnostic[];

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "sluice-lint-"));
  for (const name of ["biome.json", ".gitignore"]) cpSync(join(projectFolder, name), join(root, name));
  for (const { file, text } of [...refused, ...accepted]) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), text);
  }
  const biome = join(projectFolder, "node_modules", "@biomejs", "biome", "bin", "biome");
  const run = spawnSync(process.execPath, [biome, "lint", "--reporter=json"], {
    cwd: root,
    encoding: "utf8",
  });
  diagnostics = JSON.parse(run.stdout).diagnostics;
});

afterAll(() => rmSync(root, { recursive: true, force: true }));

function rulesBroken(file: string): (string | undefined)[] {
  return diagnostics
    .filter(({ location }) => location.path === file)
    .map(({ category }) => category.split("/").at(-1));
}

test.each(refused)("$rule finds what is wrong with $file", ({ rule, file }) => {
  expect(rulesBroken(file)).toContain(rule);
});

test.each(accepted)("$file may read the environment", ({ file }) => {
  expect(rulesBroken(file)).toEqual([]);
});

test("a promise that nobody awaits fails the check", () => {
  const folder = mkdtempSync(join(tmpdir(), "sluice-promises-"));
  try {
    cpSync(join(projectFolder, ".oxlintrc.json"), join(folder, ".oxlintrc.json"));
    writeFileSync(join(folder, "tsconfig.json"), '{ "compilerOptions": { "strict": true, "types": [] } }');
    mkdirSync(join(folder, "libs"));
    writeFileSync(
      join(folder, "libs", "forgets.ts"),
      "export function forget(): void {\n  Promise.resolve(1);\n}\n",
    );
    const modules = join(projectFolder, "node_modules");
    const run = spawnSync(process.execPath, [join(modules, "oxlint", "bin", "oxlint"), "--type-aware"], {
      cwd: folder,
      encoding: "utf8",
      env: { ...process.env, OXLINT_TSGOLINT_PATH: join(modules, ".bin", "tsgolint") },
    });
    expect(run.stdout).toContain("no-floating-promises");
    expect(run.status).toBe(1);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
