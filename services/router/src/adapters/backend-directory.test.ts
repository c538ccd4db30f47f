import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compileSnapshot } from "@sluice/resources/compile-snapshot";
import { parseConfiguration } from "@sluice/resources/read-configuration";
import {
  type Backend,
  type SecretReference,
  type Snapshot,
  snapshotSchema,
} from "@sluice/resources/snapshot";
import { seal } from "@sluice/sealing/seal";
import { createSealingKey, publicSealingKey } from "@sluice/sealing/sealing-keys";
import { afterAll, expect, test } from "vitest";
import { routerConfigSchema } from "../config.ts";
import { BackendDirectory } from "./backend-directory.ts";
import { SecretOpener } from "./secret-opener.ts";
import { SecretReader } from "./secret-reader.ts";

const folder = mkdtempSync(join(tmpdir(), "sluice-backends-"));
afterAll(() => rmSync(folder, { recursive: true }));

const sealingKey = createSealingKey();
const name = "Secret default/gw-api-key openai-api-key";
const sealed = (value: string) => seal(publicSealingKey(sealingKey), value, name);
const written = (fileName: string, text: string): string => {
  writeFileSync(join(folder, fileName), text, { mode: 0o600 });
  return join(folder, fileName);
};

const content = compileSnapshot(
  parseConfiguration(
    `
backends:
  main: { provider: openai, baseUrl: https://api.example/v1/ }
models:
  - { name: gpt-4o, backend: main }
`,
    "sluice.yaml",
  ),
  "/",
);

function snapshotWith(apiKey: SecretReference): { snapshot: Snapshot; backend: Backend } {
  const main = { ...content.backends.main, apiKey };
  const snapshot = snapshotSchema.parse({ ...content, backends: { main }, revision: 1, appliedAtMs: 0 });
  return { snapshot, backend: snapshot.backends.main as Backend };
}

/** With the environment as the router's configuration makes it. */
function directory(environment: Record<string, string> = {}): BackendDirectory {
  const config = routerConfigSchema.parse({ SLUICE_SEALING_KEY: sealingKey, ...environment });
  const { environment: variables, sealingKey: key, hostOverrides } = config;
  const secrets = new SecretReader(variables, new SecretOpener(key));
  return new BackendDirectory({ environment: variables, secrets, hostOverrides });
}

function accessTo(apiKey: SecretReference, environment?: Record<string, string>) {
  const { snapshot, backend } = snapshotWith(apiKey);
  return directory(environment).access(snapshot, "main", backend);
}

test("a key is found in a variable, in a file, or sealed in the configuration itself", async () => {
  const found = [
    await accessTo({ env: "MY_KEY" }, { MY_KEY: "sk-1" }),
    await accessTo({ file: written("key", "sk-2\n") }),
    await accessTo({ sealed: await sealed("sk-3\n"), name }),
  ];
  expect(found.map(({ apiKey }) => apiKey)).toEqual(["sk-1", "sk-2", "sk-3"]);
  expect(found[0]).toMatchObject({ origin: "https://api.example", basePath: "/v1" });
});

test("a key is looked for again until it is there, and then no more in this revision", async () => {
  const file = join(folder, "late");
  const { snapshot, backend } = snapshotWith({ file });
  const backends = directory();
  await expect(backends.access(snapshot, "main", backend)).rejects.toMatchObject({
    message: `The backend main has no key: set the file ${file} of the router.`,
  });
  written("late", "sk-1");
  const access = await backends.access(snapshot, "main", backend);
  written("late", "sk-2");
  expect(await backends.access(snapshot, "main", backend)).toBe(access);
  expect(access.apiKey).toBe("sk-1");
});

test.each([
  ["a variable", { env: "MISSING" }, "set the variable MISSING of the router."],
  ["a sealed secret that is empty", { sealed: await sealed(" "), name }, `${name} is empty.`],
])("%s without a key is named", async (_, reference, remedy) => {
  await expect(accessTo(reference)).rejects.toMatchObject({
    code: "provider_credential",
    message: `The backend main has no key: ${remedy}`,
  });
});

test("a sealed secret that does not open is named", async () => {
  const other = await seal(publicSealingKey(createSealingKey()), "sk-1", name);
  await expect(accessTo({ sealed: other, name })).rejects.toMatchObject({
    code: "provider_credential",
    message: `${name} can't be opened with the router's key: apply it again.`,
  });
});

test("the key that opens all secrets is no provider's key, by whatever way it is referred to", async () => {
  const references: SecretReference[] = [
    { env: "SLUICE_SEALING_KEY" },
    { env: "SAME_BY_ANOTHER_NAME" },
    { file: written("sealing.key", `${sealingKey}\n`) },
  ];
  for (const reference of references) {
    const refusal = await accessTo(reference, { SAME_BY_ANOTHER_NAME: sealingKey }).catch((error) => error);
    expect(refusal).toMatchObject({ code: "provider_credential" });
    expect(String(refusal)).not.toContain(sealingKey);
  }
});

test("what is no sealed text is not published in the place of one, and the complaint does not show it", () => {
  expect(() => snapshotWith({ sealed: "sk-hunter2", name })).toThrow("must be a sealed text");
  expect(() => snapshotWith({ sealed: "sk-hunter2", name })).not.toThrow("hunter2");
});
