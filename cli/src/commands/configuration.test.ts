import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { startTestBus, type TestBus } from "@sluice/bus/testing/test-bus";
import { followSnapshots } from "@sluice/resources/snapshot-follower";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { openRecordedTerminal, type RecordedTerminal } from "../testing/recorded-terminal.ts";

let testBus: TestBus;
let terminal: RecordedTerminal;
beforeAll(async () => {
  testBus = await startTestBus();
  terminal = await openRecordedTerminal();
  const { servers, nkeySeed } = testBus.credentials("operator");
  await writeFile(join(terminal.directory, "operator.nk"), `${nkeySeed}\n`, { mode: 0o600 });
  terminal.environment.NATS_URL = servers;
  terminal.environment.NATS_NKEY_SEED_FILE = "operator.nk";
});
beforeEach(async () => {
  await writeFile(
    join(terminal.directory, "sluice.yaml"),
    "backends: {house: {provider: openai}}\nmodels: [{name: m, backend: house}]\n",
  );
});
afterAll(async () => {
  await terminal.remove();
  await testBus.stop();
});

test("validate says that a file is valid, and needs no mesh for it", async () => {
  expect(await terminal.run("validate")).toEqual({
    code: 0,
    out: "",
    error: "sluice.yaml is valid: 1 model route, 1 backend, 0 guard policies.\n",
  });
});

test("validate names every problem by the file as it was given", async () => {
  await writeFile(join(terminal.directory, "bad.yaml"), "backends: {}\nmodels: [{name: m, backend: x}]\n");
  expect(await terminal.run("validate", "./bad.yaml")).toEqual({
    code: 1,
    out: "",
    error: `./bad.yaml:1:11: backends: name at least one backend
./bad.yaml:2:29: models[0].backend: there is no backend "x"
sluice: 2 problems; nothing was changed.
`,
  });
});

test.each(["validate", "apply"])("%s of a file that is not there says so", async (command) => {
  const missing = await terminal.run(command, "nothing.yaml");
  expect(missing).toEqual({ code: 1, out: "", error: "sluice: There is no file nothing.yaml here.\n" });
  const folder = await terminal.run(command, ".");
  expect(folder).toEqual({ code: 1, out: "", error: "sluice: . is a folder, not a file.\n" });
});

test("apply takes a configuration live, once", async () => {
  const first = await terminal.run("apply");
  expect(first).toMatchObject({
    code: 0,
    error: expect.stringMatching(/^Applied sluice\.yaml as revision \d+\.\n$/),
  });
  const again = await terminal.run("apply", "sluice.yaml");
  expect(again).toMatchObject({ code: 0, error: expect.stringMatching(/^Nothing to do: /) });
  const follower = await followSnapshots(await testBus.connect("router"));
  expect(follower.current.models.map(({ name }) => name)).toEqual(["m"]);
  follower.stop();
});

test("apply of a bad configuration changes nothing", async () => {
  await terminal.run("apply");
  const follower = await followSnapshots(await testBus.connect("router"));
  const { revision } = follower.current;
  await writeFile(join(terminal.directory, "sluice.yaml"), "modles: []\n");
  const result = await terminal.run("apply");
  expect(result.code).toBe(1);
  expect(result.error).toContain('sluice.yaml:1:1: modles: there is no such key; did you mean "models"?\n');
  expect(follower.current.revision).toBe(revision);
  follower.stop();
});
