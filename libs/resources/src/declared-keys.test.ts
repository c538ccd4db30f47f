import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readDeclaredKeys } from "./declared-keys.ts";
import { readConfiguration } from "./read-configuration.ts";
import { createVirtualKeySecret, hashVirtualKeySecret } from "./virtual-key.ts";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "sluice-keys-"));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

/** The keys that a configuration declares in its second line. */
function read(keys: string, environment: Record<string, string> = {}) {
  const text = `models: [gpt-4o-mini]\nkeys: [${keys}]`;
  return readDeclaredKeys(readConfiguration(text, "sluice.yaml", directory).keys, environment);
}

test("a key has the facts of the file and the hash of a value that stands elsewhere", async () => {
  const [first, second] = [createVirtualKeySecret(), createVirtualKeySecret()];
  await writeFile(join(directory, "batch.key"), `${second}\n`);
  const keys =
    "{ name: ci, team: search, tags: [a], models: [gpt-*], value: { env: CI_KEY } }, { name: batch, value: { file: batch.key } }";
  expect(await read(keys, { CI_KEY: first })).toEqual([
    {
      name: "ci",
      team: "search",
      tags: ["a"],
      allowedModels: ["gpt-*"],
      hash: hashVirtualKeySecret(first),
    },
    { name: "batch", tags: [], hash: hashVirtualKeySecret(second) },
  ]);
});

const secret = createVirtualKeySecret();
test.each<[keys: string, environment: Record<string, string>, problem: string]>([
  [
    "{ name: ci, value: { env: CI_KEY } }",
    {},
    "2:27: keys[0].value: CI_KEY is not set where this file is applied",
  ],
  [
    "{ name: ci, value: { env: CI_KEY } }",
    { CI_KEY: "" },
    "2:27: keys[0].value: CI_KEY is not set where this file is applied",
  ],
  [
    "{ name: ci, value: { file: none.key } }",
    {},
    "2:27: keys[0].value: the file can't be read where this file is applied",
  ],
  [
    "{ name: ci, value: { env: CI_KEY } }",
    { CI_KEY: "hunter2" },
    "2:27: keys[0].value: the value is no virtual key: sk-sluice- and 43 letters, digits, - or _",
  ],
  [
    "{ name: a, value: { env: KEY } }, { name: b, value: { env: KEY } }",
    { KEY: secret },
    "2:60: keys[1].value: the value is that of the key a",
  ],
])("%s has the problem %s", async (keys, environment, problem) => {
  await expect(read(keys, environment)).rejects.toThrow(`sluice.yaml:${problem}`);
});
