import { expect, test } from "vitest";
import { compileContent } from "./compile-content.ts";
import { type Condition, type ConditionFacts, conditionsOf, type RunningInstance } from "./conditions.ts";
import { readAppliedResource, readResources } from "./read-resources.ts";
import type { PlainResource } from "./resource.ts";

const service = `apiVersion: sluice.dev/v1
kind: ExternalService
metadata: { name: weather }
spec: { hosts: [weather.example], ports: [{ number: 443, protocol: HTTPS }] }
`;
const table = `apiVersion: sluice.dev/v1
kind: RouteTable
metadata: { name: apis, labels: { at: edge } }
spec:
  routes:
    - name: now
      match: [{ path: { prefix: /weather } }]
      destination: { externalService: { name: weather } }
`;
const gateway = `apiVersion: sluice.dev/v1
kind: VirtualGateway
metadata: { name: edge }
spec: { listeners: [{ port: 8090, routes: [{ path: { prefix: /weather }, labels: { at: edge } }] }] }
`;
const policy = `apiVersion: sluice.dev/v1
kind: AIPolicy
metadata: { name: idle }
spec: { caching: { ttl: 1m } }
`;
const backend = `apiVersion: sluice.dev/v1
kind: AIBackend
metadata: { name: gpt }
spec: { provider: openai, credentials: { secret: { name: none } } }
`;
const chat = table
  .replace("name: apis", "name: chat")
  .replace(/externalService.*/, "aiBackend: { name: gpt } }");

function instance(name: string, revision: number | undefined, notices: string[] = []): RunningInstance {
  return { name: `sluice-${name}`, instance: `${name}-1`, revision, notices };
}

const everywhere = ["ingress", "auth", "guard", "router"].map((name) => instance(name, 7));

/** The conditions of each of some resources, which revision 5 changed last; the newest is 7. */
function conditionsIn(texts: string[], instances = everywhere): Record<string, Condition[]> {
  const { resources } = readResources([{ text: texts.join("---\n"), name: "r.yaml" }]);
  const state = { revision: 5, atMs: 1000, by: "ada", acceptedSinceMs: 1000, resolvedSinceMs: 2000 };
  const facts: ConditionFacts = {
    revision: 7,
    findings: compileContent(undefined, resources).findings,
    unreadable: [],
    applied: {
      keys: [],
      resources: [],
      history: [],
      states: Object.fromEntries(resources.map(({ kind, metadata }) => [`${kind} ${metadata.name}`, state])),
    },
  };
  return Object.fromEntries(
    resources.map(({ plain }) => [plain.metadata.name, conditionsOf(plain, facts, instances)]),
  );
}

/** `Type status reason: message`. */
function told(conditions: Condition[] = []): string[] {
  return conditions.map(({ type, status, reason, message }) => `${type} ${status} ${reason}: ${message}`);
}

test("a resource that has everything is accepted, resolved and programmed, each since its time", () => {
  expect(conditionsIn([service, table]).apis).toEqual([
    {
      type: "Accepted",
      status: "True",
      reason: "Accepted",
      message: "It is valid.",
      observedRevision: 7,
      lastTransitionTime: "1970-01-01T00:00:01.000Z",
    },
    {
      type: "ResolvedRefs",
      status: "True",
      reason: "ResolvedRefs",
      message: "All that it refers to is there.",
      observedRevision: 7,
      lastTransitionTime: "1970-01-01T00:00:02.000Z",
    },
    {
      type: "Programmed",
      status: "True",
      reason: "Programmed",
      message: "4 instances work by it (ingress, auth, guard, router).",
      observedRevision: 7,
    },
  ]);
});

const missing = "there is no ExternalService weather";
test.each<[title: string, texts: string[], resource: string, condition: string]>([
  ["a destination", [table], "apis", `ResolvedRefs False BackendNotFound: route apis/now: ${missing}`],
  [
    "the Secret of a destination",
    [chat, backend],
    "chat",
    "ResolvedRefs False SecretNotFound: route chat/now: AIBackend gpt: there is no Secret none",
  ],
  ["a Secret", [backend], "gpt", "ResolvedRefs False SecretNotFound: AIBackend gpt: there is no Secret none"],
  [
    "tables with the labels",
    [gateway],
    "edge",
    "ResolvedRefs False RouteTableNotFound: no route table has the labels that it delegates to",
  ],
  [
    "a route to cover",
    [policy],
    "idle",
    "Accepted False TargetNotFound: it covers no route, so it does nothing",
  ],
  [
    "a listener that lets it through",
    [service, table.replace("/weather", "/news"), gateway],
    "apis",
    "Accepted False NotAllowedByListeners: route apis/now: a part of it is never reached, because its gateway does not delegate it",
  ],
])("what lacks %s says so", (_title, texts, resource, condition) => {
  expect(told(conditionsIn(texts)[resource])).toContainEqual(condition);
});

test.each<[title: string, instances: RunningInstance[], condition: string]>([
  [
    "is behind",
    [instance("ingress", 4), ...everywhere.slice(1)],
    "Programmed False Pending: It is in revision 5, and ingress-1 works by revision 4.",
  ],
  [
    "has no configuration",
    [instance("ingress", undefined), ...everywhere.slice(1)],
    "Programmed False Pending: It is in revision 5, and ingress-1 works by none yet.",
  ],
  ["is missing", everywhere.slice(1), "Programmed False Pending: No instance is running of: ingress."],
  [
    "has not the newest revision but one that has it",
    [instance("ingress", 5), ...everywhere.slice(1)],
    "Programmed True Programmed: 4 instances work by it (ingress, auth, guard, router).",
  ],
])("an instance that %s decides whether it is programmed", (_title, instances, condition) => {
  expect(told(conditionsIn([service, table], instances).apis).at(-1)).toBe(condition);
});

test("only the services count that a kind concerns", () => {
  const instances = [instance("ingress", 1), ...everywhere.slice(1)];
  expect(told(conditionsIn([service, table], instances).weather).at(-1)).toBe(
    "Programmed True Programmed: 3 instances work by it (auth, guard, router).",
  );
});

test("a gateway whose port an ingress can't have is not programmed", () => {
  const notice = "port 8090 of the gateway edge can't be listened on (EADDRINUSE)";
  const instances = [instance("ingress", 7, [notice]), ...everywhere.slice(1)];
  expect(told(conditionsIn([service, table, gateway], instances).edge).at(-1)).toBe(
    `Programmed False PortUnavailable: ingress-1: ${notice}`,
  );
});

test("what this release can't read is neither accepted nor programmed", () => {
  const plain = {
    apiVersion: "sluice.dev/v1",
    kind: "ExternalService",
    metadata: { name: "old" },
    spec: { host: "a" },
  } satisfies PlainResource;
  const { problems } = readAppliedResource(plain);
  const facts = {
    revision: 7,
    findings: [],
    unreadable: [{ plain, problems }],
    applied: { keys: [], resources: [], history: [], states: {} },
  };
  const [accepted, , programmed] = conditionsOf(plain, facts, everywhere);
  expect(accepted).toMatchObject({
    status: "False",
    reason: "Invalid",
    message:
      'spec.hosts: is missing; spec.ports: is missing; spec.host: there is no such key; did you mean "hosts"?',
  });
  expect(programmed).toMatchObject({ status: "False", reason: "Invalid" });
});
