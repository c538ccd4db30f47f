import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { startTestBus, type TestBus } from "@sluice/bus/testing/test-bus";
import { afterAll, beforeAll, expect, test } from "vitest";
import { announceServices } from "../testing/announce-services.ts";
import { openOperatorTerminal } from "../testing/operator-terminal.ts";
import type { RecordedTerminal } from "../testing/recorded-terminal.ts";

const file = `
models: [gpt-4o-mini, gpt-4o]
virtualModels: [{ name: fast, model: gpt-4o-mini }, { name: either, targets: [gpt-4o-mini, gpt-4o] }]
defaults: { guardPolicies: [careful] }
guardPolicies: { careful: { prompt: [{ detector: email, action: mask }] } }
`;

let testBus: TestBus;
let terminal: RecordedTerminal;
beforeAll(async () => {
  testBus = await startTestBus();
  terminal = await openOperatorTerminal(testBus);
  await writeFile(join(terminal.directory, "sluice.yaml"), file);
  expect(await terminal.run("apply", "--as", "ada")).toMatchObject({ code: 0 });
  terminal.input = resource("ExternalService", "a");
  expect(await terminal.run("apply", "-f", "-")).toMatchObject({ code: 0 });
  await announceServices(testBus, { ingress: 2, auth: 2, guard: 2, router: 2 });
});
afterAll(async () => {
  await terminal.remove();
  await testBus.stop();
});

const specs: Record<string, string> = {
  ExternalService: "{ hosts: [a.example], ports: [{ number: 80, protocol: HTTP }] }",
  AIBackend: "{ provider: openai }",
  AIPolicy: "{ prompt: [{ detector: email, action: block }] }",
  RouteTable: "{ models: [{ name: own, destination: { aiBackend: { name: b } } }] }",
  GatewaySettings: "{ gateway: { maxBody: 1MiB } }",
};

function resource(kind: string, name: string): string {
  return `{ apiVersion: sluice.dev/v1, kind: ${kind}, metadata: { name: ${name} }, spec: ${specs[kind]} }\n`;
}

test("get shows the resources that the file stands for, marked, beside the others", async () => {
  expect(await terminal.run("get")).toMatchObject({
    code: 0,
    out: `KIND             NAMESPACE  NAME         READY  SOURCE
AIBackend        default    openai       yes    sluice.yaml
AIPolicy         default    careful      yes    sluice.yaml
RouteTable       default    sluice-yaml  yes    sluice.yaml
GatewaySettings  default    sluice-yaml  yes    sluice.yaml
ExternalService  default    a            yes    -
`,
  });
  expect((await terminal.run("get", "aibackend", "openai", "-o", "yaml")).out).toBe(`apiVersion: sluice.dev/v1
kind: AIBackend
metadata:
  name: openai
  labels:
    sluice.dev/source: sluice.yaml
spec:
  provider: openai
`);
});

test("get models shows all names that clients may ask for, and where they come from", async () => {
  expect((await terminal.run("get", "models")).out).toBe(
    `MODEL        BACKEND  ASKS FOR             POLICIES  STATE  SOURCE
gpt-4o-mini  openai   the same             careful   ready  sluice.yaml
gpt-4o       openai   the same             careful   ready  sluice.yaml
fast         openai   gpt-4o-mini          careful   ready  sluice.yaml
either       openai   gpt-4o-mini, gpt-4o  careful   ready  sluice.yaml
`,
  );
});

test("describe knows what one refers to, who changed it last, and where it is changed", async () => {
  const { out } = await terminal.run("describe", "routetable", "sluice-yaml");
  expect(out).toContain("Source:       sluice.yaml, and it is changed only there");
  expect(out).toMatch(/Last change: {2}\S+ by ada, revision 1, apply sluice\.yaml/);
  expect(out).toContain("Refers to:\n  AIBackend openai\n  AIPolicy careful\n");
  expect(out).toMatch(/Programmed +True +Programmed/);
});

test("status names none of them while every instance works by them", async () => {
  const { notProgrammed } = JSON.parse((await terminal.run("status", "--json")).out);
  expect(notProgrammed).toEqual([]);
});

test.each([
  ["AIBackend", "openai"],
  ["AIPolicy", "careful"],
  ["RouteTable", "sluice-yaml"],
  ["GatewaySettings", "sluice-yaml"],
])("a %s of the file is neither deleted nor replaced from elsewhere", async (kind, name) => {
  expect(await terminal.run("delete", kind, name)).toMatchObject({
    code: 1,
    error: `sluice: ${kind} ${name} comes from the configuration file (sluice.yaml) and is changed only there: take it out of the file, and apply that.\n`,
  });
  terminal.input = resource(kind, name);
  const { code, error } = await terminal.run("apply", "-f", "-");
  expect(code).toBe(1);
  expect(error).toContain(
    `${kind} ${name}: the configuration file has a${kind.startsWith("AI") ? "n" : ""} ${kind} of this name, which is changed only there`,
  );
});

test("what refers to one of the file from elsewhere is told why it is not found", async () => {
  terminal.input =
    "{ apiVersion: sluice.dev/v1, kind: RouteTable, metadata: { name: t }, spec: { models: [{ name: own, destination: { aiBackend: { name: openai } } }] } }";
  const { code, error } = await terminal.run("apply", "-f", "-", "--dry-run");
  expect(code).toBe(0);
  expect(error).toContain(
    "there is no AIBackend openai; that of sluice.yaml is for what that file says only",
  );
});

test("export leaves them out, and what is no resource is named as such", async () => {
  expect((await terminal.run("export")).out).not.toContain("openai");
  expect(await terminal.run("get", "keys")).toMatchObject({
    code: 1,
    error: "sluice: Virtual keys are no resources: sluice keys list shows them.\n",
  });
});

test("a rollback brings back those of the file that counted then", async () => {
  await writeFile(join(terminal.directory, "sluice.yaml"), "models: [gemini-2.5-flash]\n");
  expect(await terminal.run("apply")).toMatchObject({ code: 0 });
  expect((await terminal.run("get", "aibackends")).out).not.toContain("openai");
  expect(await terminal.run("rollback")).toMatchObject({ code: 0 });
  expect((await terminal.run("get", "aibackends")).out).toContain("openai");
});
