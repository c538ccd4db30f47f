import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openRecordedTerminal, type RecordedTerminal } from "../testing/recorded-terminal.ts";

const service = `apiVersion: sluice.dev/v1
kind: ExternalService
metadata: { name: weather }
spec: { hosts: [weather.example], ports: [{ number: 443, protocol: HTTPS }] }
`;
const table = `apiVersion: sluice.dev/v1
kind: RouteTable
metadata: { name: apis }
spec:
  routes: [{ name: now, destination: { externalService: { name: weather } } }]
`;
const secret = `apiVersion: sluice.dev/v1
kind: Secret
metadata: { name: app }
spec: { stringData: { api-key: value-of-the-test } }
`;
const configuration = "backends: {house: {provider: openai}}\nmodels: [{name: m, backend: house}]\n";

let terminal: RecordedTerminal;
beforeEach(async () => {
  terminal = await openRecordedTerminal();
  await mkdir(join(terminal.directory, "resources"));
  await write("resources/service.yaml", service);
  await write("resources/table.yaml", table);
  await write("secret.yaml", secret);
  await write("sluice.yaml", configuration);
});
afterEach(async () => {
  await terminal.remove();
});

async function write(name: string, text: string): Promise<void> {
  await writeFile(join(terminal.directory, name), text);
}

test("validate -f takes folders, files and standard input, and needs neither a mesh nor keys", async () => {
  terminal.input = configuration;
  const result = await terminal.run("validate", "-f", "resources", "-f", "secret.yaml", "-f", "-");
  expect(result).toEqual({
    code: 0,
    out: "",
    error:
      "resources, secret.yaml, - are valid: 1 model route, 1 backend, 0 guard policies, " +
      "1 ExternalService, 1 RouteTable, 1 Secret.\n",
  });
});

test("validate names every problem of all files", async () => {
  await write("resources/table.yaml", table.replace("routes:", "route:"));
  await write("secret.yaml", secret.replace("Secret", "Secrte"));
  expect(await terminal.run("validate", "-f", "resources", "-f", "secret.yaml")).toEqual({
    code: 1,
    out: "",
    error: `resources/table.yaml:5:3: spec.route: there is no such key; did you mean "routes"?
resources/table.yaml:5:3: spec: the table has neither routes nor models, so it would do nothing
secret.yaml:2:7: kind: there is no kind "Secrte"; did you mean "Secret"?
sluice: 3 problems; nothing was changed.
`,
  });
});

test("validate finds what only the whole shows", async () => {
  terminal.input = table.replace("name: apis", "name: more");
  const result = await terminal.run("validate", "-f", "resources", "-f", "-");
  expect(result.code).toBe(1);
  expect(result.error).toContain(
    "RouteTable more: route more/now is never reached: apis/now is for the same requests (prefix / of host *)\n",
  );
});

const warning = "resources/table.yaml:5:65: route apis/now: there is no ExternalService weather\n";

test("validate prints what is missing as a warning", async () => {
  expect(await terminal.run("validate", "-f", "resources/table.yaml")).toEqual({
    code: 0,
    out: "",
    error: `warning: ${warning}resources/table.yaml is valid: 1 RouteTable.\n`,
  });
});

test("validate --strict takes a warning for a problem", async () => {
  expect(await terminal.run("validate", "-f", "resources/table.yaml", "--strict")).toEqual({
    code: 1,
    out: "",
    error: `${warning}sluice: 1 problem; nothing was changed.\n`,
  });
  expect((await terminal.run("validate", "-f", "resources", "--strict")).code).toBe(0);
});

test("validate reads resources by their name alone too", async () => {
  expect(await terminal.run("validate", "secret.yaml")).toEqual({
    code: 0,
    out: "",
    error: "secret.yaml is valid: 1 Secret.\n",
  });
});

test.each([
  [["secret.yaml", "-f", "resources"], "Name the files either with -f or without it."],
  [["-f", "nothing"], "There is no file nothing here."],
  [["resources"], "resources is a folder, not a file."],
])("validate %j says what is wrong with it", async (commandArguments, message) => {
  expect(await terminal.run("validate", ...commandArguments)).toEqual({
    code: 1,
    out: "",
    error: `sluice: ${message}\n`,
  });
});

test("validate never repeats a value of a Secret", async () => {
  await write("secret.yaml", secret.replace("stringData", "data"));
  const result = await terminal.run("validate", "-f", "secret.yaml");
  expect(result.code).toBe(1);
  expect(result.error).not.toContain("value-of-the-test");
});
