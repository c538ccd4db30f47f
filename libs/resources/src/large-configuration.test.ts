import { randomBytes } from "node:crypto";
import { openKeyValue } from "@sluice/bus/key-value";
import { startTestBus, type TestBus } from "@sluice/bus/testing/test-bus";
import { buckets } from "@sluice/contracts/subjects";
import { open } from "@sluice/sealing/open";
import { createFingerprintKey, createSealingKey, publicSealingKey } from "@sluice/sealing/sealing-keys";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readAppliedConfiguration, readEarlierRevision, readKeptRevisions } from "./applied-configuration.ts";
import { applyChange, type ConfigurationChange } from "./apply-configuration.ts";
import { readAppliedResource } from "./read-resources.ts";
import type { PlainResource } from "./resource.ts";
import { followSnapshots } from "./snapshot-follower.ts";

let testBus: TestBus;
let bus: Awaited<ReturnType<TestBus["connectOperator"]>>;
beforeEach(async () => {
  testBus = await startTestBus();
  bus = await testBus.connectOperator();
});
afterEach(() => testBus.stop());

const privateKey = createSealingKey();
const keys = { publicKey: publicSealingKey(privateKey), fingerprintKey: createFingerprintKey() };

/** More than the bus takes in a message, however it is packed: of what was compiled, and of what it was compiled from. */
const secretCount = 150;
const secrets = Array.from({ length: secretCount }, () => randomBytes(12_000).toString("base64url"));

function plain(kind: PlainResource["kind"], name: string, spec: object): PlainResource {
  return { apiVersion: "sluice.dev/v1", kind, metadata: { name }, spec };
}

/** A key of its own for each of the destinations of a table. */
const large: readonly PlainResource[] = [
  ...secrets.flatMap((key, index) => [
    plain("Secret", `key-${index}`, { stringData: { key } }),
    plain("AIBackend", `backend-${index}`, {
      provider: "openai",
      model: "m",
      credentials: { secret: { name: `key-${index}`, entry: "key" } },
    }),
  ]),
  plain("RouteTable", "all", {
    routes: secrets.map((_key, index) => ({
      match: [{ path: { exact: `/${index}` } }],
      dialect: "openai",
      destination: { aiBackend: { name: `backend-${index}` } },
    })),
  }),
];

async function apply(resources: readonly PlainResource[], more: Partial<ConfigurationChange> = {}) {
  const read = resources.flatMap((resource) => {
    const { resources: own, problems } = readAppliedResource(resource);
    expect(problems).toEqual([]);
    return own;
  });
  return await applyChange(bus, { resources: read, by: "ada", change: "", ...more }, { keys });
}

function small(port: number): PlainResource {
  return plain("ExternalService", "a", { hosts: ["a.example"], ports: [{ number: port, protocol: "HTTP" }] });
}

/** Keys of a bucket, and how many bytes stand under them together. */
async function sizesIn(bucket: string): Promise<Map<string, number>> {
  const store = await openKeyValue(bus, bucket);
  const sizes = new Map<string, number>();
  for (const key of await store.keys()) sizes.set(key, (await store.get(key))?.value.length ?? 0);
  return sizes;
}

async function partsOfSnapshots(): Promise<string[]> {
  return [...(await sizesIn(buckets.configuration)).keys()].filter((key) => key.startsWith("part."));
}

function sum(sizes: Iterable<number>): number {
  return [...sizes].reduce((total, size) => total + size, 0);
}

test("sealed keys that no message has room for are applied, followed, shown and gone back to as a whole", {
  timeout: 60_000,
}, async () => {
  await apply([small(1)]);
  const follower = await followSnapshots(await testBus.connect("router"));
  expect(await apply(large, { prune: true })).toMatchObject({ revision: 2, changed: true, warnings: [] });
  expect(sum((await sizesIn(buckets.configuration)).values())).toBeGreaterThan(1024 ** 2);
  expect(sum((await sizesIn(buckets.applied)).values())).toBeGreaterThan(1024 ** 2);
  await expect.poll(() => follower.current.revision, { timeout: 10_000 }).toBe(2);
  const { backends, routes } = follower.current;
  expect([Object.keys(backends).length, routes.length]).toEqual([secretCount, secretCount]);
  const sealed = backends["backend-7"]?.apiKey;
  if (sealed === undefined || !("sealed" in sealed)) throw new Error("the key is not sealed");
  expect(await open(privateKey, sealed.sealed, sealed.name)).toBe(secrets[7]);

  // Who comes later has the same, and so has who looks at it.
  const later = await followSnapshots(await testBus.connect("router"));
  expect(later.current).toEqual(follower.current);
  later.stop();
  const shown = await readAppliedConfiguration(bus);
  expect(shown.applied.resources.map(({ metadata }) => metadata.name)).toEqual(
    large.map(({ metadata }) => metadata.name),
  );
  expect(await apply(large, { prune: true })).toMatchObject({ revision: 2, changed: false });

  await apply([small(3)], { prune: true });
  await apply([small(4)]);
  expect(await partsOfSnapshots()).toEqual([]);
  const earlier = await readEarlierRevision(bus, 2);
  expect(await apply(earlier.resources, { prune: true })).toMatchObject({ revision: 5, changed: true });
  await expect.poll(() => follower.current.revision, { timeout: 10_000 }).toBe(5);
  expect(follower.current.backends).toEqual(backends);
  expect((await partsOfSnapshots()).length).toBeGreaterThan(1);
  follower.stop();

  // A part that is gone.
  const store = await openKeyValue(bus, buckets.applied);
  const [key = ""] = (await readAppliedConfiguration(bus)).applied.history.map((entry) => entry.key);
  await store.erase(`${key}.part.1`);
  await expect(readAppliedConfiguration(bus)).rejects.toMatchObject({
    code: "not_found",
    message: `What revision 5 of the configuration was compiled from can't be read. Its part ${key}.part.1 is not on the bus. The mesh goes on by that revision. Go back with sluice rollback, or apply everything with --prune.`,
  });
  expect((await readKeptRevisions(bus)).history.map(({ revision }) => revision)).toEqual([4, 3, 2, 1]);
  // Its heading tells that it had no configuration file.
  expect(await apply([small(6)], { prune: true })).toMatchObject({ revision: 6, changed: true });
  expect((await readAppliedConfiguration(bus)).applied.history.map(({ revision }) => revision)).toEqual([
    6, 4, 3, 2, 1,
  ]);
});
