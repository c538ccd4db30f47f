import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import {
  createVirtualKeyId,
  createVirtualKeySecret,
  hashVirtualKeySecret,
  virtualKeySchema,
  virtualKeySecretPattern,
} from "./virtual-key.ts";

test("a secret has the prefix and 43 characters, and is never the same", () => {
  const secrets = Array.from({ length: 100 }, createVirtualKeySecret);
  expect(secrets.every((secret) => virtualKeySecretPattern.test(secret))).toBe(true);
  expect(new Set(secrets).size).toBe(100);
});

test("an id passes as the key of a record", () => {
  const id = createVirtualKeyId();
  const record = { id, name: "a key", hash: hashVirtualKeySecret("secret"), createdAtMs: 1 };
  expect(virtualKeySchema.parse(record)).toEqual({ ...record, tags: [] });
});

test("the hash is SHA-256 of the whole secret", () => {
  const secret = createVirtualKeySecret();
  expect(hashVirtualKeySecret(secret)).toBe(createHash("sha256").update(secret).digest("hex"));
});

test("a record that holds more than it may is refused", () => {
  const record = { id: createVirtualKeyId(), name: "a", hash: hashVirtualKeySecret("x"), createdAtMs: 1 };
  expect(virtualKeySchema.safeParse({ ...record, secret: "sk-sluice-x" }).success).toBe(false);
});
