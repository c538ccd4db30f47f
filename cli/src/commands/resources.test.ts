import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { announceService } from "@sluice/bus/announce-service";
import { noteConfigurationRevision } from "@sluice/bus/configuration-revision";
import { startTestBus, type TestBus } from "@sluice/bus/testing/test-bus";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { announceServices } from "../testing/announce-services.ts";
import { openOperatorTerminal } from "../testing/operator-terminal.ts";
import type { RecordedTerminal } from "../testing/recorded-terminal.ts";

const service = `apiVersion: sluice.dev/v1
kind: ExternalService
metadata: { name: weather }
spec: { hosts: [weather.example], ports: [{ number: 443, protocol: HTTPS }] }
`;
const table = `apiVersion: sluice.dev/v1
kind: RouteTable
metadata: { name: apis }
spec:
  routes:
    - name: now
      match: [{ path: { prefix: /weather }, methods: [GET] }]
      destination: { externalService: { name: weather } }
`;
const secret = `apiVersion: sluice.dev/v1
kind: Secret
metadata: { name: app, namespace: search }
spec: { stringData: { api-key: value-of-the-test } }
`;
const all = [service, table, secret].join("---\n");

let testBus: TestBus;
let terminal: RecordedTerminal;
beforeAll(async () => {
  testBus = await startTestBus();
  terminal = await openOperatorTerminal(testBus);
  await announceServices(testBus, { ingress: 1000, auth: 1000, guard: 1000, router: 1000 });
});
beforeEach(async () => {
  await writeFile(join(terminal.directory, "resources.yaml"), all);
  expect(await terminal.run("apply", "-f", "resources.yaml", "--prune")).toMatchObject({ code: 0 });
});
afterAll(async () => {
  await terminal.remove();
  await testBus.stop();
});

/** Runs a command with a text on its standard input. */
async function runWith(input: string, ...commandArguments: string[]) {
  terminal.input = input;
  return await terminal.run(...commandArguments);
}

test("apply says what became of each resource that is not as it was", async () => {
  const changed = service.replace("443", "8443");
  const added = service.replace("weather }", "news }");
  const result = await runWith([changed, table, added].join("---\n"), "apply", "-f", "-", "--prune");
  expect(result).toMatchObject({
    code: 0,
    out: `ExternalService weather changed
Secret search/app removed
ExternalService news created
`,
    error: expect.stringMatching(/^Applied - as revision \d+\.\n$/),
  });
});

test("apply of the same resources changes nothing, Secrets among them", async () => {
  expect(await terminal.run("apply", "-f", "resources.yaml")).toMatchObject({
    code: 0,
    out: "",
    error: expect.stringMatching(/^Nothing to do: the mesh works by resources\.yaml already/),
  });
});

test("apply warns of what is missing, and takes it all the same", async () => {
  const result = await runWith(table, "apply", "-f", "-", "--prune");
  expect(result.code).toBe(0);
  expect(result.error).toContain(
    "warning: standard input:8:47: route apis/now: there is no ExternalService weather\n",
  );
});

test("apply with a problem in one resource changes none", async () => {
  const bad = [service.replace("443", "8443"), table.replace("methods", "method")].join("---\n");
  const result = await runWith(bad, "apply", "-f", "-");
  expect(result).toEqual({
    code: 1,
    out: "",
    error: `standard input:12:45: spec.routes[0].match[0].method: there is no such key; did you mean "methods"?
sluice: 1 problem; nothing was changed.
`,
  });
  expect((await terminal.run("get", "externalservice", "weather", "-o", "yaml")).out).toContain("443");
});

test("apply --dry-run says what would change, and changes nothing", async () => {
  const changed = service.replace("443", "8443");
  expect(await runWith(changed, "apply", "-f", "-", "--dry-run")).toEqual({
    code: 0,
    out: "ExternalService weather changed\n",
    error: "Nothing was changed: - can be applied.\n",
  });
  expect((await terminal.run("get", "-o", "yaml")).out).not.toContain("8443");
});

test("diff shows what would change, line by line", async () => {
  const result = await runWith(service.replace("443", "8443"), "diff", "-f", "-");
  expect(result).toMatchObject({ code: 0, error: "" });
  expect(result.out).toMatch(/^--- applied ExternalService weather\n\+\+\+ new ExternalService weather\n@@ /);
  expect(result.out.split("\n").filter((line) => /^[-+] /.test(line))).toEqual([
    "-    - number: 443",
    "+    - number: 8443",
  ]);
});

test("diff of what is there already shows nothing", async () => {
  expect(await terminal.run("diff", "-f", "resources.yaml", "--prune")).toEqual({
    code: 0,
    out: "",
    error: "Nothing would change.\n",
  });
});

test("diff of a Secret shows sealed values only", async () => {
  const result = await runWith(secret.replace("value-of", "new-value-of"), "diff", "-f", "-");
  expect(result.out).toContain("sealed:v1:");
  expect(result.out).not.toContain("value-of-the-test");
});

test("get lists all resources, and whether they are ready", async () => {
  expect(await terminal.run("get")).toEqual({
    code: 0,
    out: `KIND             NAMESPACE  NAME     READY
ExternalService  default    weather  yes
RouteTable       default    apis     yes
Secret           search     app      yes
`,
    error: "",
  });
  await terminal.run("delete", "ExternalService", "weather");
  expect((await terminal.run("get", "routetables")).out).toBe(
    `KIND        NAMESPACE  NAME  READY  WHY NOT
RouteTable  default    apis  no     BackendNotFound: route apis/now: there is no ExternalService weather
`,
  );
});

test("get gives one resource as it was applied", async () => {
  expect(await terminal.run("get", "routetable", "apis", "-o", "yaml")).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^apiVersion: sluice\.dev\/v1\nkind: RouteTable\n/),
  });
  const { out } = await terminal.run("get", "secret", "search/app", "-o", "json");
  expect(JSON.parse(out)).toMatchObject([{ metadata: { name: "app" }, spec: { sealed: { "api-key": {} } } }]);
  expect(out).not.toContain("value-of-the-test");
});

test("get routes shows the routes and their state", async () => {
  expect((await terminal.run("get", "routes")).out).toBe(
    `ROUTE     HOSTS  MATCH          TO           STATE
apis/now  *      GET /weather*  weather:443  ready
`,
  );
  await terminal.run("delete", "ExternalService", "weather");
  expect((await terminal.run("get", "routes")).out).toContain(
    "closed (503): there is no ExternalService weather",
  );
  expect(JSON.parse((await terminal.run("get", "routes", "apis/now", "-o", "json")).out)).toMatchObject([
    { name: "apis/now", unavailable: "there is no ExternalService weather" },
  ]);
});

test.each([
  [["get", "routetabel"], 'There is no kind "routetabel". Did you mean RouteTable?'],
  [["get", "secret", "none"], "There is no Secret none."],
  [["get", "routes", "none"], "There is no route none."],
  [["get", "-o", "xml"], 'There is no output "xml": use table, yaml or json.'],
  [["delete", "secret", "none"], "There is no Secret none."],
  [
    ["delete", "widget", "none"],
    'There is no kind "widget". There are VirtualGateway, RouteTable, AIBackend, ExternalService, Workflow, AIPolicy, AuthPolicy, Consumer, PromptTemplate, TransformationPolicy, Secret, GatewaySettings.',
  ],
])("%j says what there is not", async (commandArguments, message) => {
  expect(await terminal.run(...commandArguments)).toEqual({
    code: 1,
    out: "",
    error: `sluice: ${message}\n`,
  });
});

test("export writes what apply takes back as the same", async () => {
  const { out, code } = await terminal.run("export");
  expect(code).toBe(0);
  expect(parseAllDocuments(out)).toHaveLength(3);
  expect(out).not.toContain("value-of-the-test");
  expect(await runWith(out, "apply", "-f", "-", "--prune")).toMatchObject({
    code: 0,
    error: expect.stringMatching(/^Nothing to do: /),
  });
  await terminal.run("delete", "secret", "search/app");
  expect(await runWith(out, "apply", "-f", "-")).toMatchObject({
    code: 0,
    out: "Secret search/app created\n",
  });
});

test("delete takes one resource away, and warns of who misses it", async () => {
  const result = await terminal.run("delete", "externalservice", "weather");
  expect(result).toMatchObject({ code: 0, out: "" });
  expect(result.error).toMatch(
    /^warning: .*there is no ExternalService weather\nTook ExternalService weather away, as revision \d+\.\n$/,
  );
  expect((await terminal.run("get")).out).not.toMatch(/^ExternalService/m);
});

test("--wait ends when every instance works by the change, or names those that don't", async () => {
  const auth = await testBus.connect("auth");
  const announced = await announceService(auth, "test");
  noteConfigurationRevision(auth, 1);
  const late = await terminal.run("delete", "routetable", "apis", "--wait", "1s");
  expect(late.code).toBe(1);
  const revision = Number(/as revision (\d+)\./.exec(late.error)?.[1]);
  expect(late.error).toContain(
    `sluice: Revision ${revision} is applied, and after 1 s not yet in force everywhere: ` +
      `${auth.party.instance} works by revision 1.\n`,
  );
  const waiting = runWith(table, "apply", "-f", "-", "--wait");
  noteConfigurationRevision(auth, revision + 1);
  expect(await waiting).toMatchObject({ code: 0, error: `Applied - as revision ${revision + 1}.\n` });
  await announced.stop();
});
