import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { structureViolations } from "./structure.mjs";

/** One file that breaks one rule, and only that one. */
const breaches: { rule: string; file: string; imports: string }[] = [
  { rule: "no-cycles", file: "libs/bus/src/cycle-a.ts", imports: "./cycle-b.ts" },
  { rule: "resolvable", file: "libs/bus/src/lost.ts", imports: "./nowhere.ts" },
  { rule: "declared-packages-only", file: "services/guard/src/undeclared.ts", imports: "at-the-root" },
  {
    rule: "no-service-imports-a-service",
    file: "services/auth/src/neighbour.ts",
    imports: "@sluice/guard/good",
  },
  { rule: "libraries-stand-below", file: "libs/runtime/src/upwards.ts", imports: "@sluice/guard/good" },
  { rule: "services-stand-below-tools", file: "services/auth/src/upwards.ts", imports: "@sluice/cli/good" },
  {
    rule: "simulator-is-for-tests",
    file: "services/auth/src/simulates.ts",
    imports: "@sluice/simulator/good",
  },
  {
    rule: "nobody-imports-the-compact-mode",
    file: "services/auth/src/upwards-to-compact.ts",
    imports: "@sluice/compact/good",
  },
  {
    rule: "compact-mode-is-services-and-nothing-else",
    file: "compact/src/does-more.ts",
    imports: "@sluice/bus/good",
  },
  { rule: "tools-start-services-as-processes", file: "cli/src/downwards.ts", imports: "@sluice/guard/good" },
  { rule: "bench-looks-from-outside", file: "bench/src/inward.ts", imports: "@sluice/guard/good" },
  { rule: "bench-looks-from-outside", file: "bench/src/shares.ts", imports: "@sluice/bus/good" },
  { rule: "nobody-needs-the-bench", file: "test/src/benches.ts", imports: "@sluice/bench/good" },
  {
    rule: "contracts-stand-at-the-bottom",
    file: "libs/contracts/src/upwards.ts",
    imports: "@sluice/runtime/good",
  },
  {
    rule: "telemetry-knows-only-contracts",
    file: "libs/telemetry/src/upwards.ts",
    imports: "@sluice/bus/good",
  },
  {
    rule: "bus-knows-contracts-and-telemetry",
    file: "libs/bus/src/upwards.ts",
    imports: "@sluice/runtime/good",
  },
  {
    rule: "pure-libraries-know-only-contracts",
    file: "libs/pricing/src/upwards.ts",
    imports: "@sluice/bus/good",
  },
  { rule: "quota-knows-only-contracts", file: "libs/quota/src/upwards.ts", imports: "@sluice/bus/good" },
  { rule: "only-the-bus-speaks-nats", file: "services/guard/src/subscribes.ts", imports: "nats" },
  { rule: "domain-is-pure", file: "services/guard/src/domain/asks-the-bus.ts", imports: "@sluice/bus/good" },
  { rule: "domain-is-pure", file: "services/guard/src/domain/calls-out.ts", imports: "node:http" },
  {
    rule: "no-reaching-into-a-package",
    file: "libs/runtime/src/reaches.ts",
    imports: "../../bus/src/good.ts",
  },
  { rule: "no-reaching-out-of-a-tool", file: "test/src/reaches.ts", imports: "../../libs/bus/src/good.ts" },
  { rule: "no-test-code-in-production", file: "services/guard/src/fakes.ts", imports: "./testing/fake.ts" },
  {
    rule: "servers-are-for-the-supervisor-and-tests",
    file: "services/guard/src/starts.ts",
    imports: "@sluice/servers/good",
  },
  {
    rule: "no-development-package-in-production",
    file: "services/guard/src/develops.ts",
    imports: "only-for-tests",
  },
];

const folders = ["bus", "contracts", "pricing", "quota", "runtime", "servers", "telemetry"].map(
  (name) => `libs/${name}`,
);
folders.push("services/auth", "services/guard", "cli", "compact", "simulator", "bench", "test");

/** Allowed, though close to something that is not. */
const allowed: Record<string, string> = {
  "compact/src/runs.ts": 'import "@sluice/guard/good"; import "@sluice/runtime/good";',
  "libs/bus/src/cycle-b.ts": 'import "./cycle-a.ts";',
  "libs/bus/src/speaks.ts": 'import "nats";',
  "libs/bus/src/server.test.ts": 'import "@sluice/servers/good";',
  "services/guard/src/adapters/http.ts": 'import "node:http";',
  "services/guard/src/testing/fake.ts": "export {};",
  "services/guard/src/guard.test.ts": 'import "./testing/fake.ts"; import "nats"; import "only-for-tests";',
  "services/guard/src/simulated.test.ts": 'import "@sluice/simulator/good";',
  "bench/src/starts.ts": 'import "@sluice/servers/good"; import "@sluice/cli/good";',
  "services/guard/src/domain/decides.ts":
    'import "@sluice/contracts/good"; import { isIP } from "node:net"; isIP("");',
};

let root: string;
let violations: { rule: string; from: string; to: string }[];

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "sluice-structure-"));
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  const nameOf = (folder: string) => `@sluice/${folder.split("/").at(-1)}`;
  for (const folder of folders) {
    const manifest = {
      name: nameOf(folder),
      type: "module",
      exports: { "./*": "./src/*.ts" },
      dependencies: { nats: "*", ...Object.fromEntries(folders.map((other) => [nameOf(other), "*"])) },
      devDependencies: { "only-for-tests": "*" },
    };
    write(`${folder}/package.json`, JSON.stringify(manifest));
    write(`${folder}/src/good.ts`, "export type Good = true;");
    for (const other of folders) {
      mkdirSync(join(root, folder, "node_modules/@sluice"), { recursive: true });
      symlinkSync(join(root, other), join(root, folder, "node_modules", nameOf(other)));
    }
    for (const name of ["nats", "only-for-tests"]) {
      write(`${folder}/node_modules/${name}/package.json`, JSON.stringify({ name, main: "index.js" }));
      write(`${folder}/node_modules/${name}/index.js`, "");
    }
  }
  write("node_modules/at-the-root/package.json", JSON.stringify({ name: "at-the-root", main: "index.js" }));
  write("node_modules/at-the-root/index.js", "");
  for (const [path, text] of Object.entries(allowed)) write(path, text);
  for (const { file, imports } of breaches) write(file, `import ${JSON.stringify(imports)};`);
  violations = await structureViolations(root, ["libs", "services", "cli", "compact", "bench", "test"]);
});

afterAll(() => rmSync(root, { recursive: true, force: true }));

test.each(breaches)("$rule: $file may not import $imports", ({ rule, file }) => {
  expect(violations.filter(({ from }) => from === file).map((violation) => violation.rule)).toContain(rule);
});

test("nothing else is found fault with", () => {
  const files = new Set(breaches.map(({ file }) => file));
  expect(violations.filter(({ from, rule }) => !files.has(from) && rule !== "no-cycles")).toEqual([]);
});

test("a type that is only imported as a type still counts", async () => {
  const file = join(root, "services/guard/src/domain/typed.ts");
  writeFileSync(file, 'import type { Msg } from "nats"; export type Received = Msg;');
  const found = await structureViolations(root, ["services/guard/src/domain/typed.ts"]);
  expect(found.map(({ rule }) => rule)).toContain("domain-is-pure-in-its-types-too");
});
