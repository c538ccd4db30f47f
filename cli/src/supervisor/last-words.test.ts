import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { lastWords } from "./last-words.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "sluice-words-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.each([
  {
    of: "a service that has a logger",
    text: '{"msg":"listening"}\n{"level":"fatal","msg":"auth can\'t start: no bus."}\n',
    words: "auth can't start: no bus",
  },
  {
    of: "a program that Node could not load",
    text: "node:internal\n  throw err;\n\nError: Cannot find module 'x'\n    at load (node:internal)\n\nNode.js v24.21.0\n",
    words: "Error: Cannot find module 'x'",
  },
  { of: "a program with words of its own", text: "one\nthe port is taken.\n", words: "the port is taken" },
  { of: "a silent program", text: "", words: "it said nothing" },
])("repeats the last words of $of", ({ text, words }) => {
  const file = join(folder, "log");
  writeFileSync(file, text);
  expect(lastWords(file)).toBe(`${words} (${file}).`);
});
