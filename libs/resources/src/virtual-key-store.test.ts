import { openKeyValue } from "@sluice/bus/key-value";
import { startTestBus, type TestBus } from "@sluice/bus/testing/test-bus";
import { buckets } from "@sluice/contracts/subjects";
import { afterAll, beforeAll, expect, test } from "vitest";
import { hashVirtualKeySecret } from "./virtual-key.ts";
import { openVirtualKeyStore, type VirtualKeyStore } from "./virtual-key-store.ts";

let testBus: TestBus;
let store: VirtualKeyStore;
beforeAll(async () => {
  testBus = await startTestBus();
  store = await openVirtualKeyStore(await testBus.connectOperator());
});
afterAll(() => testBus.stop());

test("a created key is stored with its facts and the hash of its secret, never the secret", async () => {
  const { key, secret } = await store.create({
    name: "ci",
    team: "platform",
    tags: ["batch"],
    allowedModels: ["gpt-*"],
    expiresAtMs: 4_000_000_000_000,
  });
  expect(key).toMatchObject({ name: "ci", team: "platform", tags: ["batch"], allowedModels: ["gpt-*"] });
  expect(key.hash).toBe(hashVirtualKeySecret(secret));
  const bucket = await openKeyValue(await testBus.connectOperator(), buckets.virtualKeys);
  const stored = new TextDecoder().decode((await bucket.get(key.id))?.value);
  expect(JSON.parse(stored)).toEqual(key);
  expect(stored).not.toContain(secret.slice("sk-sluice-".length));
});

test("keys are listed, the oldest first, with the revoked ones among them", async () => {
  const first = await store.create({ name: "first" });
  const second = await store.create({ name: "second" });
  await store.revoke(first.key.id);
  const listed = await store.list();
  // Keys that were made in the same millisecond have no older one among them.
  const ages = listed.map(({ createdAtMs }) => createdAtMs);
  expect(ages).toEqual(ages.toSorted((a, b) => a - b));
  const revokedAtMs = (id: string) => listed.find((key) => key.id === id)?.revokedAtMs;
  expect(revokedAtMs(first.key.id)).toBeGreaterThanOrEqual(first.key.createdAtMs);
  expect(listed.map(({ id }) => id)).toContain(second.key.id);
  expect(revokedAtMs(second.key.id)).toBeUndefined();
});

test("a rotated key has a new secret, and the one before only for its grace", async () => {
  const { key } = await store.create({ name: "rotated" });
  const withGrace = await store.rotate(key.id, { graceMs: 60_000 });
  expect(withGrace.key.hash).toBe(hashVirtualKeySecret(withGrace.secret));
  expect(withGrace.key.previousHash).toBe(key.hash);
  expect((withGrace.key.previousExpiresAtMs ?? 0) - (withGrace.key.rotatedAtMs ?? 0)).toBe(60_000);
  const atOnce = await store.rotate(key.id);
  expect(atOnce.key.previousHash).toBeUndefined();
  expect(await store.get(key.id)).toEqual(atOnce.key);
});

test("a revoked key keeps no second secret, can be revoked again and can't be rotated", async () => {
  const { key } = await store.create({ name: "revoked" });
  await store.rotate(key.id, { graceMs: 60_000 });
  const revoked = await store.revoke(key.id);
  expect(revoked.previousHash).toBeUndefined();
  expect(await store.revoke(key.id)).toEqual(revoked);
  await expect(store.rotate(key.id)).rejects.toMatchObject({
    code: "invalid_request",
    message: `The key ${key.id} is revoked; create a new one.`,
  });
});

test.each(["key_00000000000000000000", "nonsense", "*", ">", "a b", ""])("there is no key %j", async (id) => {
  await expect(store.revoke(id)).rejects.toMatchObject({ code: "not_found" });
  await expect(store.rotate(id)).rejects.toMatchObject({ code: "not_found" });
});

test("declared keys are made, changed, revoked and taken up again as the file says", async () => {
  const [ci, batch] = ["ci", "batch"].map((name) => ({ name, tags: [], hash: hashVirtualKeySecret(name) }));
  if (ci === undefined || batch === undefined) throw new Error("unreachable");
  const other = await store.create({ name: "ci" });
  const declared = async () =>
    (await store.list())
      .filter((key) => key.declared)
      .map(({ name, hash, revokedAtMs, team }) => [name, hash, revokedAtMs === undefined, team])
      .toSorted();
  await store.keepDeclared([ci, batch]);
  await store.keepDeclared([ci, batch]);
  expect(await declared()).toEqual([
    ["batch", batch.hash, true, undefined],
    ["ci", ci.hash, true, undefined],
  ]);
  await store.keepDeclared([{ ...ci, team: "search", hash: hashVirtualKeySecret("new") }]);
  expect(await declared()).toEqual([
    ["batch", batch.hash, false, undefined],
    ["ci", hashVirtualKeySecret("new"), true, "search"],
  ]);
  await store.keepDeclared([batch]);
  expect(await declared()).toEqual([
    ["batch", batch.hash, true, undefined],
    ["ci", hashVirtualKeySecret("new"), false, "search"],
  ]);
  expect((await store.get(other.key.id)).revokedAtMs).toBeUndefined();
});

test("a declared key is changed in its file only", async () => {
  await store.keepDeclared([{ name: "fixed", tags: [], hash: hashVirtualKeySecret("fixed") }]);
  const key = (await store.list()).find(({ name }) => name === "fixed");
  const message = "The key fixed is declared in sluice.yaml: change it there.";
  await expect(store.revoke(key?.id ?? "")).rejects.toMatchObject({ code: "invalid_request", message });
  await expect(store.rotate(key?.id ?? "")).rejects.toMatchObject({ code: "invalid_request", message });
});
