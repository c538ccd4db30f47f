import { writeFile } from "node:fs/promises";
import { hostname, userInfo } from "node:os";
import { join } from "node:path";
import { openKeyValue } from "@sluice/bus/key-value";
import { startTestBus, type TestBus } from "@sluice/bus/testing/test-bus";
import { buckets } from "@sluice/contracts/subjects";
import { readAppliedConfiguration } from "@sluice/resources/applied-configuration";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openOperatorTerminal } from "../testing/operator-terminal.ts";
import type { RecordedTerminal } from "../testing/recorded-terminal.ts";

let testBus: TestBus;
let terminal: RecordedTerminal;
beforeEach(async () => {
  testBus = await startTestBus();
  terminal = await openOperatorTerminal(testBus);
  await applyPort(443);
});
afterEach(async () => {
  await terminal.remove();
  await testBus.stop();
});

async function applyPort(port: number): Promise<void> {
  terminal.input = `apiVersion: sluice.dev/v1
kind: ExternalService
metadata: { name: weather }
spec: { hosts: [weather.example], ports: [{ number: ${port}, protocol: HTTPS }] }
---
apiVersion: sluice.dev/v1
kind: Secret
metadata: { name: app }
spec: { stringData: { api-key: value-of-the-test } }
`;
  expect(await terminal.run("apply", "-f", "-")).toMatchObject({ code: 0 });
}

async function appliedPort(): Promise<number | undefined> {
  const { out } = await terminal.run("get", "externalservice", "-o", "json");
  const [service] = JSON.parse(out) as { spec: { ports: { number: number }[] } }[];
  return service?.spec.ports[0]?.number;
}

test("history tells who changed what and when, the newest first", async () => {
  await applyPort(8443);
  await terminal.run("delete", "secret", "app");
  const { out } = await terminal.run("history", "--json");
  const by = `${userInfo().username}@${hostname()}`;
  expect(JSON.parse(out)).toMatchObject([
    { revision: 3, by, change: "delete Secret app", atMs: expect.any(Number) },
    { revision: 2, by, change: "apply -" },
    { revision: 1, by, change: "apply -" },
  ]);
  const table = (await terminal.run("history")).out.split("\n");
  expect(table[0]).toMatch(/^REVISION {2}WHEN +WHO +CHANGE$/);
  expect(table[1]).toMatch(/^ {7}3 {2}\d{4}-\d\d-\d\dT\S+Z {2}\S+@\S+ +delete Secret app$/);
});

test("rollback goes back to the revision before, as a new one", async () => {
  await applyPort(8443);
  expect(await terminal.run("rollback")).toEqual({
    code: 0,
    out: "",
    error: "Went back to revision 1, as revision 3.\n",
  });
  expect(await appliedPort()).toBe(443);
  expect((await terminal.run("history")).out).toContain("rollback to 1");
});

test("rollback to a revision brings back what was deleted since, with its Secrets", async () => {
  await terminal.run("delete", "secret", "app");
  await applyPort(8443);
  await terminal.run("delete", "secret", "app");
  expect(await terminal.run("rollback", "1")).toMatchObject({ code: 0 });
  expect(await appliedPort()).toBe(443);
  expect((await terminal.run("get", "secret", "app")).code).toBe(0);
});

test("rollback to before there was a configuration file takes that away too", async () => {
  await writeFile(
    join(terminal.directory, "sluice.yaml"),
    "backends: {house: {provider: openai}}\nmodels: [{name: m, backend: house}]\n",
  );
  await terminal.run("apply");
  const bus = await testBus.connectOperator();
  expect((await readAppliedConfiguration(bus)).content.models).toHaveLength(1);
  expect(await terminal.run("rollback", "1")).toMatchObject({ code: 0 });
  expect((await readAppliedConfiguration(bus)).content.models).toEqual([]);
});

test("rollback to what is there already changes nothing", async () => {
  expect(await terminal.run("rollback", "1")).toEqual({
    code: 0,
    out: "",
    error: "Nothing to do: revision 1 says what revision 1 said.\n",
  });
});

test("what the present revision was made of may be lost: history says so, and rollback goes back", async () => {
  await applyPort(8443);
  const bucket = await openKeyValue(await testBus.connectOperator(), buckets.applied);
  for (const key of await bucket.keys()) if (key.startsWith("2-")) await bucket.erase(key);
  const lost =
    "What revision 2 of the configuration was compiled from is not kept on the bus. The mesh goes on by that revision. Go back with sluice rollback, or apply everything with --prune.";
  expect(await terminal.run("get")).toEqual({ code: 1, out: "", error: `sluice: ${lost}\n` });
  const { out, error } = await terminal.run("history", "--json");
  expect([JSON.parse(out), error]).toMatchObject([[{ revision: 1 }], `warning: ${lost}\n`]);
  expect(await terminal.run("rollback")).toEqual({
    code: 0,
    out: "",
    error: "Went back to revision 1, as revision 3.\n",
  });
  expect(await appliedPort()).toBe(443);
});

test.each([
  [[], "There is no revision before this one."],
  [["9"], "Revision 9 is not kept. Kept are: 1."],
  [["first"], '"first" is no number of a revision: sluice history shows them.'],
])("rollback %j says why it can't", async (revision, message) => {
  expect(await terminal.run("rollback", ...revision)).toEqual({
    code: 1,
    out: "",
    error: `sluice: ${message}\n`,
  });
});
