import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type KeyValue, openKeyValue } from "@sluice/bus/key-value";
import { startTestBus, type TestBus } from "@sluice/bus/testing/test-bus";
import { SluiceError } from "@sluice/contracts/sluice-error";
import { buckets, snapshotKey } from "@sluice/contracts/subjects";
import { afterEach, beforeEach, expect, test } from "vitest";
import { compileSnapshot } from "./compile-snapshot.ts";
import { ConfigurationError } from "./configuration-problem.ts";
import { publishSnapshot, readPresentSnapshot } from "./publish-snapshot.ts";
import { parseConfiguration, readConfigurationFile } from "./read-configuration.ts";
import type { BaseContent } from "./snapshot.ts";
import { followSnapshots } from "./snapshot-follower.ts";

let testBus: TestBus;
beforeEach(async () => {
  testBus = await startTestBus();
});
afterEach(() => testBus.stop());

/** A configuration that allows so many open requests, to tell one from another. */
function contentWith(maxOpenRequests: number): BaseContent {
  const text = `
gateway: { maxOpenRequests: ${maxOpenRequests} }
backends: { house: { provider: openai } }
models: [{ name: m, backend: house }]
`;
  return compileSnapshot(parseConfiguration(text, "sluice.yaml"), "/");
}

test("each change is a new revision, and the same configuration again is none", async () => {
  const operator = await testBus.connectOperator();
  expect(await publishSnapshot(operator, contentWith(1))).toEqual({ revision: 1, changed: true });
  expect(await publishSnapshot(operator, contentWith(1))).toEqual({ revision: 1, changed: false });
  expect(await publishSnapshot(operator, contentWith(2))).toEqual({ revision: 2, changed: true });
});

test("of many that publish in the same moment, none overwrites another: each has a revision of its own, or is told", async () => {
  const operator = await testBus.connectOperator();
  const outcomes = await Promise.allSettled(
    Array.from({ length: 20 }, (_, index) => publishSnapshot(operator, contentWith(index + 1))),
  );
  const published = outcomes
    .filter((outcome) => outcome.status === "fulfilled")
    .map(({ value }) => value.revision);
  const refused = outcomes.filter((outcome) => outcome.status === "rejected");
  expect(published.length).toBeGreaterThan(0);
  expect(new Set(published).size).toBe(published.length);
  expect(refused.map(({ reason }) => reason.code)).toEqual(refused.map(() => "invalid_request"));
});

test("a service that starts before there is any configuration waits for the first", async () => {
  const operator = await testBus.connectOperator();
  const following = followSnapshots(await testBus.connect("router"));
  await publishSnapshot(operator, contentWith(7));
  const follower = await following;
  expect(follower.current.gateway.maxOpenRequests).toBe(7);
  follower.stop();
});

test("a service that is stopped while it waits for the first configuration gives up", async () => {
  const stopping = new AbortController();
  const following = followSnapshots(await testBus.connect("router"), { signal: stopping.signal });
  stopping.abort(new Error("stopped"));
  await expect(following).rejects.toThrow("stopped");
});

test("changes arrive, and revisions of requests on their way stay readable", async () => {
  const operator = await testBus.connectOperator();
  await publishSnapshot(operator, contentWith(1));
  const follower = await followSnapshots(await testBus.connect("auth"));
  const seen: number[] = [];
  follower.onChange((snapshot) => seen.push(snapshot.revision));
  await publishSnapshot(operator, contentWith(2));
  await publishSnapshot(operator, contentWith(3));
  await expect.poll(() => seen).toEqual([2, 3]);
  expect(follower.current.revision).toBe(3);
  expect(follower.at(1)).toMatchObject({ revision: 1, gateway: { maxOpenRequests: 1 } });
  expect(follower.at(2)).toMatchObject({ revision: 2, gateway: { maxOpenRequests: 2 } });
  expect(follower.at(3)).toBe(follower.current);
  follower.stop();
});

test("a revision that has not arrived yet is waited for", async () => {
  const operator = await testBus.connectOperator();
  await publishSnapshot(operator, contentWith(1));
  const follower = await followSnapshots(await testBus.connect("guard"));
  const waiting = [follower.at(2), follower.at(2)];
  await publishSnapshot(operator, contentWith(2));
  const [first, second] = await Promise.all(waiting.map(async (snapshot) => snapshot));
  expect(first?.revision).toBe(2);
  expect(second).toBe(first);
  follower.stop();
});

test("a revision that does not arrive, or is no longer kept, is a service that is not available", async () => {
  const operator = await testBus.connectOperator();
  await publishSnapshot(operator, contentWith(1));
  const follower = await followSnapshots(await testBus.connect("guard"), { keptMs: 0 });
  await expect(follower.at(99)).rejects.toMatchObject({
    code: "service_unavailable",
    message: "The configuration of the request has not arrived here.",
    retryable: true,
  });
  for (let limit = 2; limit <= 17; limit++) await publishSnapshot(operator, contentWith(limit));
  await expect.poll(() => follower.current.revision).toBe(17);
  expect(() => follower.at(1)).toThrow(
    new SluiceError("service_unavailable", "The request began under a configuration that is gone."),
  );
  expect(follower.at(2)).toMatchObject({ revision: 2 });
  follower.stop();
});

test("revisions that no request can be under any more are forgotten, also when none follows", async () => {
  const operator = await testBus.connectOperator();
  await publishSnapshot(operator, contentWith(1));
  const follower = await followSnapshots(await testBus.connect("guard"), { keptMs: 1_000 });
  for (let limit = 2; limit <= 20; limit++) await publishSnapshot(operator, contentWith(limit));
  await expect.poll(() => follower.current.revision).toBe(20);
  const isKept = (revision: number): boolean => {
    try {
      return follower.at(revision) !== undefined;
    } catch {
      return false;
    }
  };
  await expect.poll(() => [4, 5].map(isKept)).toEqual([false, true]);
  follower.stop();
});

test.each([
  ["is no JSON", () => "{"],
  [
    "has a field that this release does not know",
    (sound: object) => JSON.stringify({ ...sound, revision: 2, more: 1 }),
  ],
  ["lacks a part", (sound: object) => JSON.stringify({ ...sound, revision: 2, gateway: {} })],
])("a configuration that %s is refused, and the one before serves until the next", async (_fault, spoil) => {
  const operator = await testBus.connectOperator();
  await publishSnapshot(operator, contentWith(1));
  const follower = await followSnapshots(await testBus.connect("ingress"));
  const bucket = await openKeyValue(operator, buckets.configuration);
  await bucket.put(snapshotKey, new TextEncoder().encode(spoil(follower.current)));
  const next = await publishSnapshot(operator, contentWith(3));
  expect(next.revision).toBe(3);
  await expect.poll(() => follower.current.revision).toBe(3);
  expect(() => follower.at(2)).toThrow(expect.objectContaining({ code: "service_unavailable" }));
  expect(follower.at(1)).toMatchObject({ revision: 1, gateway: { maxOpenRequests: 1 } });
  follower.stop();
});

/** A configuration with so many models; their names can't be packed to much less than half. */
function contentWithModels(count: number): BaseContent {
  const models = Array.from({ length: count }, () => ({
    name: randomBytes(32).toString("hex"),
    backend: "house",
  }));
  const text = JSON.stringify({ backends: { house: { provider: "openai" } }, models });
  return compileSnapshot(parseConfiguration(text, "sluice.yaml"), "/");
}

test("a configuration larger than a message of the bus arrives as a whole", async () => {
  const operator = await testBus.connectOperator();
  await publishSnapshot(operator, contentWith(1));
  const follower = await followSnapshots(await testBus.connect("router"));
  const content = contentWithModels(10_000);
  expect(JSON.stringify(content).length).toBeGreaterThan(1024 * 1024);
  expect(await publishSnapshot(operator, content)).toEqual({ revision: 2, changed: true });
  expect(await publishSnapshot(operator, content)).toEqual({ revision: 2, changed: false });
  await expect.poll(() => follower.current.models, { timeout: 10_000 }).toEqual(content.models);
  follower.stop();
});

/** More than a message of the bus. */
const inParts = contentWithModels(40_000);

/** Keys of the parts that are in the bucket. */
async function partKeys(bucket: KeyValue): Promise<string[]> {
  return (await bucket.keys()).filter((key) => key.startsWith("part."));
}

test("one of which a part is missing is refused and the one before keeps serving, until the next", async () => {
  const operator = await testBus.connectOperator();
  const bucket = await openKeyValue(operator, buckets.configuration);
  await publishSnapshot(operator, contentWith(1));
  const follower = await followSnapshots(await testBus.connect("router"));
  expect(await publishSnapshot(operator, inParts)).toEqual({ revision: 2, changed: true });
  await expect.poll(() => follower.current.models, { timeout: 10_000 }).toEqual(inParts.models);
  const parts = await partKeys(bucket);
  expect(parts.length).toBeGreaterThan(1);
  for (const key of parts.slice(1)) await bucket.erase(key);

  const head = await bucket.get(snapshotKey);
  if (head === undefined) throw new Error("nothing is published");
  await bucket.put(snapshotKey, head.value);
  // Whoever starts now has nothing to serve until there is something whole.
  const late = followSnapshots(await testBus.connect("guard"));
  expect(await readPresentSnapshot(operator)).toMatchObject({ revision: 2, content: {} });
  expect(await publishSnapshot(operator, contentWith(3))).toEqual({ revision: 3, changed: true });
  await expect.poll(() => follower.current.revision, { timeout: 10_000 }).toBe(3);
  expect((await late).current.revision).toBe(3);
  expect(follower.at(2)).toMatchObject({ models: inParts.models });
  follower.stop();
  (await late).stop();
});

test("parts that nobody names, and those of revisions of before the last, go with the next change", async () => {
  const operator = await testBus.connectOperator();
  const bucket = await openKeyValue(operator, buckets.configuration);
  const present = await readPresentSnapshot(operator);
  for (const key of ["part.1-dead.0", "part.1-dead.1", "part.2-underway.0"])
    await bucket.put(key, Buffer.from("x"));
  await publishSnapshot(operator, inParts);
  const parts = await partKeys(bucket);
  expect(parts.filter((key) => key.startsWith("part.1-dead"))).toEqual([]);
  expect(parts).toContain("part.2-underway.0");
  // One that was based on what is not the last any more leaves nothing.
  await expect(publishSnapshot(operator, inParts, present)).rejects.toMatchObject({
    code: "invalid_request",
  });
  expect(await partKeys(bucket)).toEqual(parts);
  await publishSnapshot(operator, contentWith(2));
  expect(await partKeys(bucket)).toEqual(parts.filter((key) => key !== "part.2-underway.0"));
  await publishSnapshot(operator, contentWith(3));
  expect(await partKeys(bucket)).toEqual([]);
});

test("a listener that fails does not keep the others from the change", async () => {
  const operator = await testBus.connectOperator();
  await publishSnapshot(operator, contentWith(1));
  const follower = await followSnapshots(await testBus.connect("router"));
  const seen: number[] = [];
  follower.onChange(() => {
    throw new Error("broken listener");
  });
  const stop = follower.onChange((snapshot) => seen.push(snapshot.revision));
  await publishSnapshot(operator, contentWith(2));
  await expect.poll(() => seen).toEqual([2]);
  stop();
  await publishSnapshot(operator, contentWith(3));
  await expect.poll(() => follower.current.revision).toBe(3);
  expect(seen).toEqual([2]);
  follower.stop();
});

test("a change that was published while the bus restarted arrives", async () => {
  const operator = await testBus.connectOperator();
  await publishSnapshot(operator, contentWith(1));
  const router = await testBus.connect("router");
  const follower = await followSnapshots(router);
  await testBus.restartServer();
  await expect.poll(() => operator.connected && router.connected, { timeout: 15_000 }).toBe(true);
  await publishSnapshot(operator, contentWith(2));
  await expect.poll(() => follower.current.revision, { timeout: 15_000 }).toBe(2);
  follower.stop();
});

test("a file is applied as a whole or not at all", async () => {
  const operator = await testBus.connectOperator();
  const folder = await mkdtemp(join(tmpdir(), "sluice-configuration-"));
  const file = join(folder, "sluice.yaml");
  try {
    await writeFile(file, "backends: {house: {provider: openai}}\nmodels: [{name: m, backend: house}]\n");
    const apply = async () => publishSnapshot(operator, (await readConfigurationFile(file)).content);
    expect(await apply()).toEqual({ revision: 1, changed: true });
    await writeFile(file, "backends: {house: {provider: openai}}\nmodels: [{name: m, backend: hose}]\n");
    await expect(apply()).rejects.toThrow(ConfigurationError);
    const follower = await followSnapshots(await testBus.connect("router"));
    expect(follower.current.revision).toBe(1);
    follower.stop();
  } finally {
    await rm(folder, { recursive: true });
  }
});
