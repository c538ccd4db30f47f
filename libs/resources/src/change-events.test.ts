import { expect, test } from "vitest";
import type { Applied } from "./applied-store.ts";
import { changeEvents } from "./change-events.ts";
import type { PlainResource } from "./resource.ts";

function service(name: string, port: number): PlainResource {
  return {
    apiVersion: "sluice.dev/v1",
    kind: "ExternalService",
    metadata: { name },
    spec: { ports: [{ number: port, protocol: "HTTP" }], hosts: [`${name}.example`] },
  };
}

function secret(text: string): PlainResource {
  const entry = {
    text: `sealed:v1:${text}`,
    fingerprint: `fingerprint:v1:${text}`,
    digest: `digest-${text}`,
  };
  return {
    apiVersion: "sluice.dev/v1",
    kind: "Secret",
    metadata: { name: "app", namespace: "search" },
    spec: { sealed: { "api-key": entry } },
  };
}

/** What a revision was compiled from. */
function applied(...resources: PlainResource[]): Applied {
  const about = {
    revision: 8,
    key: "8-abc",
    atMs: 1000,
    by: "ada",
    origin: "root@ci",
    change: "apply r.yaml",
    reason: "more room",
  };
  return { keys: [], resources, history: [about], states: {} };
}

test("each resource that is different is an event with who, when, why and its lines", () => {
  const before = { resources: [service("a", 80), service("b", 80), service("c", 80)] };
  const events = changeEvents(before, applied(service("a", 80), service("b", 81), service("d", 80)));
  const facts = {
    changeId: "8-abc",
    revision: 8,
    previousRevision: 7,
    atMs: 1000,
    by: "ada",
    origin: "root@ci",
    change: "apply r.yaml",
    reason: "more room",
    kind: "ExternalService",
    namespace: "default",
  };
  expect(events).toEqual([
    { ...facts, name: "b", type: "changed", diff: expect.any(String) },
    { ...facts, name: "c", type: "deleted", diff: expect.any(String) },
    { ...facts, name: "d", type: "created", diff: expect.any(String) },
  ]);
  expect(events[0]?.diff.split("\n").filter((line) => /^[-+@]/.test(line))).toEqual([
    "@@ -6,5 +6,5 @@",
    "-    - number: 80",
    "+    - number: 81",
  ]);
  expect(events[1]?.diff).toMatch(/^@@ -1,10 \+0,0 @@\n(-.*\n)+$/);
});

test("of the values of a Secret there are fingerprints only", () => {
  const [event] = changeEvents({ resources: [secret("old")] }, applied(secret("new")));
  expect(event?.diff).toContain("-    api-key: fingerprint:v1:old\n+    api-key: fingerprint:v1:new\n");
  expect(JSON.stringify(event)).not.toMatch(/sealed:v1|digest/);
});

test("what a URL is let in with is not told", () => {
  const backend = (url: string): PlainResource => ({
    apiVersion: "sluice.dev/v1",
    kind: "AIBackend",
    metadata: { name: "gpt" },
    spec: { provider: "openai", url },
  });
  const before = { resources: [backend("http://user:hunter2@a.example/v1")] };
  const [event] = changeEvents(before, applied(backend("http://user:hunter3@b.example/v1")));
  expect(event?.diff).toContain("http://(hidden)@b.example/v1");
  expect(event?.diff).not.toContain("hunter");
});

test("another order of keys changes nothing that is told", () => {
  const other = {
    ...service("a", 80),
    spec: { hosts: ["a.example"], ports: [{ protocol: "HTTP", number: 81 }] },
  };
  const [event] = changeEvents({ resources: [service("a", 80)] }, applied(other));
  expect(event?.diff.split("\n").filter((line) => /^[-+]/.test(line))).toEqual([
    "-    - number: 80",
    "+    - number: 81",
  ]);
});

test("a long diff is cut, and says so", () => {
  const hosts = Array.from({ length: 5000 }, (_, index) => `host-${index}.example`);
  const long = { ...service("a", 80), spec: { hosts } };
  const [event] = changeEvents({ resources: [] }, applied(long));
  expect(event?.diff.length).toBeLessThan(33 * 1024);
  expect(event?.diff).toMatch(/\n\(\d+ more lines\)\n$/);
});

test("a revision with the same resources, compiled by another release, is told too", () => {
  const events = changeEvents({ resources: [service("a", 80)] }, applied(service("a", 80)));
  expect(events).toMatchObject([{ kind: "Configuration", name: "sluice.yaml", type: "changed", diff: "" }]);
});
