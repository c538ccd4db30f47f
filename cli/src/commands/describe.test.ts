import { startTestBus, type TestBus } from "@sluice/bus/testing/test-bus";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse } from "yaml";
import { announceServices } from "../testing/announce-services.ts";
import { openOperatorTerminal } from "../testing/operator-terminal.ts";
import type { RecordedTerminal } from "../testing/recorded-terminal.ts";

const resources = `apiVersion: sluice.dev/v1
kind: ExternalService
metadata: { name: weather }
spec: { hosts: [weather.example], ports: [{ number: 443, protocol: HTTPS }] }
---
apiVersion: sluice.dev/v1
kind: RouteTable
metadata: { name: apis, namespace: search, labels: { at: edge } }
spec:
  routes:
    - name: now
      labels: { open: "yes" }
      match: [{ path: { prefix: /weather } }]
      destination: { externalService: { name: weather, namespace: default } }
    - name: later
      match: [{ path: { prefix: /later } }]
      destination: { externalService: { name: forecast } }
---
apiVersion: sluice.dev/v1
kind: AuthPolicy
metadata: { name: open }
spec: { applyTo: { routes: [{ labels: { open: "yes" } }] }, anonymous: {} }
---
apiVersion: sluice.dev/v1
kind: Secret
metadata: { name: app }
spec: { stringData: { api-key: value-of-the-test } }
`;

let testBus: TestBus;
let terminal: RecordedTerminal;
beforeAll(async () => {
  testBus = await startTestBus();
  terminal = await openOperatorTerminal(testBus);
  terminal.input = resources;
  const applied = await terminal.run("apply", "-f", "-", "--as", "ada", "-m", "the new weather");
  expect(applied).toMatchObject({ code: 0 });
  await announceServices(testBus, { ingress: 1, auth: 1, guard: 1, router: 1 });
});
afterAll(async () => {
  await terminal.remove();
  await testBus.stop();
});

test("describe shows a resource with what it refers to, who refers to it, and its conditions", async () => {
  const { code, out, error } = await terminal.run("describe", "routetable", "apis", "-n", "search");
  expect({ code, error }).toEqual({ code: 0, error: "" });
  const instant = /\d{4}-\d\d-\d\dT[\d:.]+Z/g;
  expect(out.replaceAll(instant, "WHEN")).toBe(`Kind:         RouteTable
Namespace:    search
Name:         apis
Labels:       at=edge
Last change:  WHEN by ada, revision 1, apply - (the new weather)

Spec:
  routes:
    - destination:
        externalService:
          name: weather
          namespace: default
      labels:
        open: yes
      match:
        - path:
            prefix: /weather
      name: now
    - destination:
        externalService:
          name: forecast
      match:
        - path:
            prefix: /later
      name: later

Refers to:
  ExternalService search/forecast (not there)
  ExternalService weather

Referred to by:
  AuthPolicy open

Routes:
  search/apis/now: ready
  search/apis/later: closed (503): there is no ExternalService search/forecast

Conditions:
  TYPE          STATUS  REASON           REVISION  SINCE                     MESSAGE
  Accepted      True    Accepted                1  WHEN  It is valid.
  ResolvedRefs  False   BackendNotFound         1  WHEN  route search/apis/later: there is no ExternalService search/forecast
  Programmed    True    Programmed              1  -                         4 instances work by it (ingress, auth, guard, router).
`);
});

test("describe as YAML and JSON has the same, and of a Secret fingerprints only", async () => {
  const yaml = await terminal.run("describe", "secret", "app", "-o", "yaml");
  const json = await terminal.run("describe", "secret", "default/app", "-o", "json");
  expect(parse(yaml.out)).toEqual(JSON.parse(json.out));
  expect(JSON.parse(json.out)).toMatchObject({
    kind: "Secret",
    metadata: { name: "app", namespace: "default" },
    spec: { sealed: { "api-key": expect.stringMatching(/^fingerprint:v1:/) } },
    lastChange: { revision: 1, by: "ada", change: "apply -", reason: "the new weather" },
    conditions: [{ type: "Accepted" }, { type: "ResolvedRefs" }, { type: "Programmed", status: "True" }],
  });
  expect(yaml.out + json.out).not.toMatch(/value-of-the-test|sealed:v1|digest/);
});

test("history says who it was, and why", async () => {
  expect((await terminal.run("history")).out).toMatch(/ ada {2}apply - \(the new weather\)$/m);
});

test.each([
  [["routetable", "apis"], "There is no RouteTable apis in the namespace default."],
  [["routetable", "search/apis", "-n", "other"], "Two namespaces are named: search and other."],
  [["widget", "a"], /^There is no kind "widget"\./],
  [["secret", "app", "-o", "table"], 'There is no output "table": use text, yaml or json.'],
])("describe %j says what there is not", async (commandArguments, message) => {
  const { code, error } = await terminal.run("describe", ...commandArguments);
  expect(code).toBe(1);
  expect(error.replace(/^sluice: /, "").trimEnd()).toMatch(message);
});
