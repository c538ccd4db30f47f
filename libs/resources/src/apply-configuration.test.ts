import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { openKeyValue } from "@sluice/bus/key-value";
import { startTestBus, type TestBus } from "@sluice/bus/testing/test-bus";
import { buckets, snapshotKey } from "@sluice/contracts/subjects";
import { open } from "@sluice/sealing/open";
import { createFingerprintKey, createSealingKey, publicSealingKey } from "@sluice/sealing/sealing-keys";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readAppliedConfiguration, readEarlierRevision, readKeptRevisions } from "./applied-configuration.ts";
import { writeApplied } from "./applied-store.ts";
import {
  type AppliedChange,
  type ApplyOptions,
  applyChange,
  type ConfigurationChange,
} from "./apply-configuration.ts";
import { compileSnapshot } from "./compile-snapshot.ts";
import { ConfigurationError } from "./configuration-problem.ts";
import { publishSnapshot, readPresentSnapshot } from "./publish-snapshot.ts";
import { readChange } from "./read-change.ts";
import { parseConfiguration } from "./read-configuration.ts";
import { readAppliedResource } from "./read-resources.ts";
import { isOfKind } from "./resource.ts";
import { type Snapshot, snapshotSchema } from "./snapshot.ts";
import { decodeSnapshot } from "./snapshot-codec.ts";

let testBus: TestBus;
let bus: Awaited<ReturnType<TestBus["connectOperator"]>>;
beforeEach(async () => {
  testBus = await startTestBus();
  bus = await testBus.connectOperator();
});
afterEach(() => testBus.stop());

const privateKey = createSealingKey();
const keys = { publicKey: publicSealingKey(privateKey), fingerprintKey: createFingerprintKey() };

/** Applies what stands in a text. */
async function apply(
  text: string,
  more: Partial<ConfigurationChange> = {},
  options: ApplyOptions = { keys },
): Promise<AppliedChange> {
  const change = readChange([{ text, name: "r.yaml", directory: "/" }]);
  return await applyChange(bus, { ...change, by: "ada@desk", change: "apply r.yaml", ...more }, options);
}

/** What became of each resource: `name type`. */
function told({ changes }: AppliedChange): string[] {
  return changes.map(({ name, type }) => `${name} ${type}`);
}

async function published(): Promise<Snapshot> {
  const bucket = await openKeyValue(bus, buckets.configuration);
  const entry = await bucket.get(snapshotKey);
  if (entry === undefined) throw new Error("nothing is published");
  return snapshotSchema.parse(decodeSnapshot(entry.value));
}

/** Keys that are in the bucket of what was applied. */
async function keptKeys(): Promise<string[]> {
  const bucket = await openKeyValue(bus, buckets.applied);
  const present: string[] = [];
  const watch = await bucket.watch({
    onEntry: (key, value) => {
      if (value !== undefined) present.push(key);
    },
  });
  watch.stop();
  return present;
}

function document(kind: string, name: string, spec: string): string {
  return `{ apiVersion: sluice.dev/v1, kind: ${kind}, metadata: { name: ${name} }, spec: ${spec} }\n`;
}

function all(...documents: string[]): string {
  return documents.join("---\n");
}

function service(name: string, port = 80): string {
  return document(
    "ExternalService",
    name,
    `{ hosts: [${name}.example], ports: [{ number: ${port}, protocol: HTTP }] }`,
  );
}

function table(name: string, to: string): string {
  return document(
    "RouteTable",
    name,
    `{ routes: [{ match: [{ path: { prefix: /${name} } }], destination: { externalService: { name: ${to} } } }] }`,
  );
}

const configuration = "backends: { house: { provider: openai } }\nmodels: [{ name: m, backend: house }]\n";

test("resources are added to those that there are, or come in place of those of their name", async () => {
  const first = await apply(all(service("a"), table("t", "a")));
  expect(first).toMatchObject({ revision: 1, changed: true, warnings: [] });
  expect(told(first)).toEqual(["ExternalService a created", "RouteTable t created"]);
  const second = await apply(all(service("b"), table("t", "b")));
  expect(second).toMatchObject({ revision: 2, changed: true });
  expect(told(second)).toEqual([
    "ExternalService a unchanged",
    "RouteTable t changed",
    "ExternalService b created",
  ]);
  const { routes, upstreams, revision } = await published();
  expect(revision).toBe(2);
  expect(Object.keys(upstreams)).toEqual(["a:80", "b:80"]);
  expect(routes.map(({ name, target }) => [name, target])).toEqual([
    ["t/0", { type: "http", upstream: "b:80" }],
  ]);
});

test("what changed of a resource is told as YAML before and after", async () => {
  await apply(service("a"));
  const { changes } = await apply(service("a", 81));
  expect(changes[0]?.before).toContain("number: 80");
  expect(changes[0]?.after).toContain("number: 81");
});

test("with prune all others are taken away", async () => {
  await apply(all(service("a"), service("b")));
  const pruned = await apply(service("b"), { prune: true });
  expect(told(pruned)).toEqual(["ExternalService a removed", "ExternalService b unchanged"]);
  expect(Object.keys((await published()).upstreams)).toEqual(["b:80"]);
});

test("what is named is taken away; what it leaves without a destination is closed and warned of", async () => {
  await apply(all(service("a"), table("t", "a")));
  const removed = await applyChange(bus, { remove: ["ExternalService a"], by: "ada", change: "delete" });
  expect(told(removed)).toEqual(["ExternalService a removed", "RouteTable t unchanged"]);
  expect(removed.warnings.map(({ file, message }) => `${file}: ${message}`)).toEqual([
    "RouteTable default/t (applied before): route t/0: there is no ExternalService a",
  ]);
  expect((await published()).routes[0]?.unavailable).toBe("there is no ExternalService a");
});

test("the same again is no revision, and its order does not matter", async () => {
  await apply(all(service("a"), service("b")));
  expect(await apply(all(service("b"), service("a")))).toMatchObject({ revision: 1, changed: false });
  expect(await keptKeys()).toHaveLength(1);
});

test("a dry run tells what would change, and changes nothing", async () => {
  await apply(service("a"));
  const before = await keptKeys();
  const dry = await apply(all(service("a", 81), table("t", "none")), {}, { dryRun: true });
  expect(dry).toMatchObject({ revision: 1, changed: false });
  expect(told(dry)).toEqual(["ExternalService a changed", "RouteTable t created"]);
  expect(dry.warnings).toHaveLength(1);
  expect((await published()).revision).toBe(1);
  expect(await keptKeys()).toEqual(before);
});

test("of several who change it at once one is told that it is not the only one, and nothing of it is kept", async () => {
  await apply(service("a"));
  const names = ["b", "c", "d", "e", "f"];
  const outcomes = await Promise.allSettled(names.map((name) => apply(service(name))));
  const refused = outcomes.filter((outcome) => outcome.status === "rejected");
  const taken = outcomes.filter((outcome) => outcome.status === "fulfilled");
  expect(taken.length).toBeGreaterThan(0);
  expect(refused.map(({ reason }) => reason.code)).toEqual(refused.map(() => "invalid_request"));
  expect(new Set(taken.map(({ value }) => value.revision)).size).toBe(taken.length);
  const { upstreams } = await published();
  expect(Object.keys(upstreams)).toHaveLength(1 + taken.length);
  expect(await keptKeys()).toHaveLength(1 + taken.length);
});

test("two that began from the same revision: the first is taken, the second told", async () => {
  await apply(service("a"));
  const present = await readPresentSnapshot(bus);
  await apply(service("b"));
  const { revision: _revision, appliedAtMs: _appliedAtMs, ...content } = await published();
  const late = publishSnapshot(bus, { ...content, listeners: [{ port: 1, gateway: "g" }] }, present);
  await expect(late).rejects.toMatchObject({ code: "invalid_request" });
  expect((await published()).revision).toBe(2);
});

test("a change with a problem changes nothing, and tells every problem", async () => {
  await apply(all(service("a"), table("t", "a")));
  const bad = all(
    document("RouteTable", "t", "{ routes: [{ destination: { externalService: { name: a, port: 1 } } }] }"),
    document(
      "RouteTable",
      "u",
      "{ hosts: [u], routes: [{ destination: { externalService: { name: a, port: 2 } } }] }",
    ),
  );
  const failure = await apply(bad).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(ConfigurationError);
  expect((failure as ConfigurationError).problems).toHaveLength(2);
  expect((await published()).revision).toBe(1);
  expect((await published()).routes).toHaveLength(1);
  expect(await keptKeys()).toHaveLength(1);
});

test("a configuration file and resources stand beside each other, and each comes in place of its own kind", async () => {
  await apply(service("a"));
  await apply(configuration);
  await apply(service("b"));
  const both = await published();
  expect(both.models.map(({ name }) => name)).toEqual(["m"]);
  expect(Object.keys(both.upstreams)).toEqual(["a:80", "b:80"]);
  await apply(configuration.replace("name: m", "name: n"));
  const next = await published();
  expect(next.models.map(({ name }) => name)).toEqual(["n"]);
  expect(Object.keys(next.upstreams)).toEqual(["a:80", "b:80"]);
});

test("a configuration that was published without what it was made of is not lost when resources are applied", async () => {
  const { base } = readChange([{ text: configuration, name: "sluice.yaml", directory: "/" }]);
  if (base === undefined) throw new Error("the text is no configuration");
  await publishSnapshot(bus, base);
  await apply(service("a"));
  const both = await published();
  expect(both.revision).toBe(2);
  expect(both.models.map(({ name }) => name)).toEqual(["m"]);
  expect(Object.keys(both.upstreams)).toEqual(["a:80"]);
});

const clientKey = "client-key-that-nobody-may-read";
const providerKey = "provider-key-that-nobody-may-read";

function secret(name = "keys"): string {
  const data = Buffer.from(clientKey).toString("base64");
  return `{ apiVersion: sluice.dev/v1, kind: Secret, metadata: { name: ${name}, labels: { k: v } }, spec: { data: { api-key: ${data} }, stringData: { out: ${providerKey} } } }\n`;
}

const keyPolicy = document(
  "AuthPolicy",
  "p",
  "{ applyTo: { routeTables: [{ name: t }] }, apiKey: { header: api-key, secrets: { labels: { k: v } }, upstreamHeaders: { x-key: out } } }",
);

/** Everything that the bus keeps on its disk: all streams and buckets, with what was overwritten or deleted. */
async function onDisk(): Promise<Buffer> {
  const folder = testBus.server.dataDir;
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Buffer.concat(await Promise.all(files.map((file) => readFile(file))));
}

test("Secrets are sealed: their values are nowhere on the bus, and only the holder of the key reads them", async () => {
  const applied = await apply(all(secret(), service("a"), table("t", "a"), keyPolicy));
  const { apiKeyPolicies } = await published();
  const [key] = apiKeyPolicies.p?.keys ?? [];
  const reference = key?.upstreamHeaders["x-key"] as { sealed: string; name: string };
  expect(await open(privateKey, reference.sealed, reference.name)).toBe(providerKey);
  // Once what was sealed is there, all of it is.
  await expect.poll(async () => (await onDisk()).includes(reference.sealed)).toBe(true);
  const bytes = await onDisk();
  for (const value of [clientKey, providerKey]) {
    expect(bytes.includes(value)).toBe(false);
    expect(bytes.includes(Buffer.from(value).toString("base64"))).toBe(false);
    expect(JSON.stringify(applied)).not.toContain(value);
    expect(JSON.stringify(applied)).not.toContain(Buffer.from(value).toString("base64"));
  }
});

test("the same Secret again is unchanged, and of a changed one only what changed is sealed anew", async () => {
  await apply(secret());
  const sealedOf = async () => {
    const [applied] = (await readAppliedConfiguration(bus)).resources;
    if (applied === undefined || !isOfKind(applied, "Secret")) throw new Error("there is no Secret");
    return applied.spec.sealed ?? {};
  };
  const before = await sealedOf();
  const again = await apply(secret());
  expect(again).toMatchObject({ revision: 1, changed: false });
  expect(told(again)).toEqual(["Secret keys unchanged"]);
  const changed = await apply(secret().replace(providerKey, "another"));
  expect(told(changed)).toEqual(["Secret keys changed"]);
  const after = await sealedOf();
  expect(after["api-key"]).toEqual(before["api-key"]);
  expect(after.out?.text).not.toBe(before.out?.text);
  expect(await open(privateKey, after.out?.text ?? "", "Secret keys out")).toBe("another");
});

test("the same values in another Secret or entry are sealed for that one", async () => {
  await apply(all(secret("one"), secret("two")));
  const { resources } = await readAppliedConfiguration(bus);
  const [one, two] = resources.flatMap((resource) =>
    isOfKind(resource, "Secret") ? [resource.spec.sealed?.out] : [],
  );
  expect(one?.fingerprint).not.toBe(two?.fingerprint);
  expect(one?.digest).toBe(two?.digest);
  await expect(open(privateKey, one?.text ?? "", "Secret two out")).rejects.toThrow("can't be opened");
});

test("what was sealed before is applied again without any key; a value in the clear is refused without one", async () => {
  await apply(secret());
  const { resources } = await readAppliedConfiguration(bus);
  const exported = JSON.stringify(resources[0]?.plain);
  expect(await apply(exported, { prune: true }, {})).toMatchObject({ revision: 1, changed: false });
  await expect(apply(secret(), {}, {})).rejects.toThrow(
    "Secret keys: there is no key to seal its values with",
  );
  expect((await published()).revision).toBe(1);
  expect(told(await apply(secret("new"), {}, { dryRun: true }))).toEqual([
    "Secret keys unchanged",
    "Secret new created",
  ]);
});

test("an entry that is no text is refused as a whole, without its value", async () => {
  const text = document("Secret", "s", "{ data: { a: /w== } }");
  const failure = await apply(text).catch((error: unknown) => error);
  expect((failure as Error).message).toMatch(/^r\.yaml:1:\d+: Secret s: the entry a is no text in UTF-8$/);
  await expect(published()).rejects.toThrow("nothing is published");
});

test("an earlier revision can be gone back to, as a new one", async () => {
  await apply(all(configuration.replace("name: m", "name: n")));
  await apply(all(service("a"), secret()));
  await apply(all(service("a", 81), service("b")));
  const earlier = await readEarlierRevision(bus, 2);
  const back = await applyChange(bus, {
    ...(earlier.base === undefined ? {} : { base: earlier.base }),
    resources: earlier.resources.flatMap((plain) => readAppliedResource(plain).resources),
    prune: true,
    by: "ada",
    change: "rollback to 2",
  });
  expect(back).toMatchObject({ revision: 4, changed: true });
  const { upstreams, models } = await published();
  expect(Object.keys(upstreams)).toEqual(["a:80"]);
  expect(models.map(({ name }) => name)).toEqual(["n"]);
  const { applied, resources } = await readAppliedConfiguration(bus);
  expect(resources.map(({ plain }) => plain)).toEqual(earlier.resources);
  expect(applied.history.map(({ revision, by, change }) => [revision, by, change])).toEqual([
    [4, "ada", "rollback to 2"],
    [3, "ada@desk", "apply r.yaml"],
    [2, "ada@desk", "apply r.yaml"],
    [1, "ada@desk", "apply r.yaml"],
  ]);
});

test("twenty revisions are kept, and what older ones were made of is deleted", async () => {
  for (let port = 1; port <= 23; port++) await apply(service("a", port));
  const { applied, revision } = await readAppliedConfiguration(bus);
  expect(revision).toBe(23);
  expect(applied.history.map((entry) => entry.revision)).toEqual(
    Array.from({ length: 20 }, (_, back) => 23 - back),
  );
  expect(new Set(await keptKeys())).toEqual(new Set(applied.history.map(({ key }) => key)));
  expect((await readEarlierRevision(bus, 4)).resources[0]?.spec).toMatchObject({ ports: [{ number: 4 }] });
  await expect(readEarlierRevision(bus, 3)).rejects.toMatchObject({
    code: "not_found",
    message: `Revision 3 is not kept. Kept are: ${applied.history.map((entry) => entry.revision).join(", ")}.`,
  });
});

test("a resource of before that can't be read any more stands in the way, until it is taken away or replaced", async () => {
  await apply(all(service("a"), keyPolicy, table("t", "a"), secret()));
  const { applied } = await readAppliedConfiguration(bus);
  const spoilt = applied.resources.map((plain) =>
    plain.kind === "AuthPolicy" ? { ...plain, spec: { oidc: {} } } : plain,
  );
  const about = { revision: 2, atMs: 0, by: "another release", change: "" };
  const { key } = await writeApplied(bus, { ...applied, resources: spoilt }, about);
  const { revision, appliedAtMs, ...content } = await published();
  await publishSnapshot(bus, { ...content, applied: key });
  await expect(apply(service("b"))).rejects.toThrow("AuthPolicy default/p (applied before):");
  expect((await published()).routes[0]?.auth).toEqual({ type: "api_key", policy: "p" });
  expect(told(await apply(keyPolicy))).toContain("AuthPolicy p created");
  expect((await published()).routes[0]?.auth).toEqual({ type: "api_key", policy: "p" });
});

/** Takes away what some revisions were compiled from. */
async function lose(...revisions: number[]): Promise<void> {
  const bucket = await openKeyValue(bus, buckets.applied);
  for (const key of await keptKeys()) {
    if (revisions.includes(Number.parseInt(key, 10))) await bucket.erase(key);
  }
}

const lost = (revision: number): string =>
  `What revision ${revision} of the configuration was compiled from is not kept on the bus.`;
const waysOut =
  "The mesh goes on by that revision. Go back with sluice rollback, or apply everything with --prune.";

test("on top of a revision that is lost nothing is changed, and all else goes on", async () => {
  await apply(service("a"));
  await apply(all(service("b"), table("t", "b")));
  const before = await published();
  await lose(2);
  const refusal = { code: "not_found", message: `${lost(2)} ${waysOut}` };
  await expect(apply(service("c"))).rejects.toMatchObject(refusal);
  await expect(readAppliedConfiguration(bus)).rejects.toMatchObject(refusal);
  expect(await readKeptRevisions(bus)).toMatchObject({ history: [{ revision: 1 }], lost: refusal.message });
  await expect(readEarlierRevision(bus, 2)).rejects.toMatchObject({
    message: "Revision 2 is not kept. Kept are: 1.",
  });
  expect(await published()).toEqual(before);
});

test("all resources at once come in place of a revision that is lost, even where they are the same", async () => {
  const text = all(service("b"), table("t", "b"));
  await apply(service("a"));
  await apply(text);
  await lose(2);
  expect(await apply(text, { prune: true })).toMatchObject({ revision: 3, changed: true, audited: true });
  const { applied } = await readAppliedConfiguration(bus);
  expect(applied.history.map(({ revision }) => revision)).toEqual([3, 1]);
  expect(await apply(text, { prune: true })).toMatchObject({ revision: 3, changed: false });
  expect(new Set(await keptKeys())).toEqual(new Set(applied.history.map(({ key }) => key)));
});

test("where a revision that is lost had a configuration file, that must be named too", async () => {
  const base = compileSnapshot(parseConfiguration("models: [gpt-5]", "sluice.yaml"), "/");
  await apply(service("a"), { base });
  await apply(service("b"));
  await lose(2);
  await expect(apply(service("b"), { prune: true })).rejects.toMatchObject({
    code: "not_found",
    message: `${lost(2)} What its configuration file (sluice.yaml) said is not known either: name the file as well, as in sluice apply --prune -f sluice.yaml -f resources.`,
  });
  expect(await apply(service("b"), { prune: true, base })).toMatchObject({ revision: 3, changed: true });
});

test("where nothing of before is left, all at once is a beginning", async () => {
  const base = compileSnapshot(parseConfiguration("models: [gpt-5]", "sluice.yaml"), "/");
  await apply(service("a"));
  await apply(service("b"));
  await lose(1, 2);
  expect(await readKeptRevisions(bus)).toEqual({ history: [], lost: `${lost(2)} ${waysOut}` });
  expect(await apply(service("b"), { prune: true, base })).toMatchObject({ revision: 3, changed: true });
});

test("before anything was applied there is nothing, and nothing to be refused", async () => {
  expect(await readAppliedConfiguration(bus)).toMatchObject({ revision: 0, resources: [], warnings: [] });
});
