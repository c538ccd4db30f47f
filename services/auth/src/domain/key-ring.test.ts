import {
  createVirtualKeyId,
  createVirtualKeySecret,
  hashVirtualKeySecret,
  type VirtualKey,
} from "@sluice/resources/virtual-key";
import { expect, test } from "vitest";
import { KeyRing } from "./key-ring.ts";

function makeKey(facts: Partial<VirtualKey> = {}): { key: VirtualKey; secret: string } {
  const secret = createVirtualKeySecret();
  const hash = hashVirtualKeySecret(secret);
  return {
    key: { id: createVirtualKeyId(), name: "test", tags: [], createdAtMs: 0, hash, ...facts },
    secret,
  };
}

test("a secret opens its key, with the facts of the owner as identity", () => {
  const ring = new KeyRing();
  const { key, secret } = makeKey({ team: "search", user: "ada", tags: ["batch"] });
  ring.set(makeKey().key);
  ring.set(key);
  expect(ring.find(secret, 0)?.identity).toEqual({
    keyId: key.id,
    team: "search",
    user: "ada",
    tags: ["batch"],
  });
});

test.each([
  ["another secret", () => createVirtualKeySecret()],
  ["an empty text", () => ""],
  ["the hash itself", (_secret: string, key: VirtualKey) => key.hash],
  ["the secret with a blank", (secret: string) => `${secret} `],
  ["the beginning of the secret", (secret: string) => secret.slice(0, -1)],
])("%s opens nothing", (_what, spoil) => {
  const ring = new KeyRing();
  const { key, secret } = makeKey();
  ring.set(key);
  expect(ring.find(spoil(secret, key), 0)).toBeUndefined();
});

test("a revoked key and a deleted key open nothing", () => {
  const ring = new KeyRing();
  const [revoked, deleted] = [makeKey(), makeKey()];
  ring.set(revoked.key);
  ring.set(deleted.key);
  ring.set({ ...revoked.key, revokedAtMs: 1 });
  ring.delete(deleted.key.id);
  expect(ring.find(revoked.secret, 0)).toBeUndefined();
  expect(ring.find(deleted.secret, 0)).toBeUndefined();
  expect(ring.size).toBe(0);
});

test("after a rotation the secret before opens the key until its grace is over", () => {
  const ring = new KeyRing();
  const { key, secret: before } = makeKey();
  const after = createVirtualKeySecret();
  ring.set(key);
  ring.set({
    ...key,
    hash: hashVirtualKeySecret(after),
    previousHash: key.hash,
    previousExpiresAtMs: 1_000,
  });
  expect(ring.find(before, 999)?.identity.keyId).toBe(key.id);
  expect(ring.find(before, 1_000)).toBeUndefined();
  expect(ring.find(after, 1_000)?.identity.keyId).toBe(key.id);
});

test("after a rotation without grace only the new secret opens the key", () => {
  const ring = new KeyRing();
  const { key, secret: before } = makeKey();
  const after = createVirtualKeySecret();
  ring.set(key);
  ring.set({ ...key, hash: hashVirtualKeySecret(after) });
  expect(ring.find(before, 0)).toBeUndefined();
  expect(ring.find(after, 0)?.identity.keyId).toBe(key.id);
});

test.each([
  [undefined, "anything", true],
  [["gpt-5"], "gpt-5", true],
  [["gpt-5"], "gpt-5-mini", false],
  [["gpt-*", "claude-x"], "gpt-5-mini", true],
  [["gpt-*", "claude-x"], "claude-xy", false],
])("a key for %j may use %s: %j", (allowedModels, model, may) => {
  const ring = new KeyRing();
  const { key, secret } = makeKey(allowedModels === undefined ? {} : { allowedModels });
  ring.set(key);
  expect(ring.find(secret, 0)?.mayUse(model)).toBe(may);
});
