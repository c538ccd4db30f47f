import { createLogger } from "@sluice/telemetry/logger";
import { type CryptoKey, errors, exportJWK, generateKeyPair, type JSONWebKeySet, type JWK } from "jose";
import { beforeAll, beforeEach, expect, test } from "vitest";
import { IssuerKeys } from "./issuer-keys.ts";

let first: JWK;
let second: JWK;
beforeAll(async () => {
  const publicKey = async (kid: string) => ({
    ...(await exportJWK((await generateKeyPair("ES256")).publicKey)),
    kid,
    alg: "ES256",
  });
  [first, second] = await Promise.all([publicKey("first"), publicKey("second")]);
});

let nowMs: number;
let fetched: number;
let answer: () => Promise<JSONWebKeySet>;
beforeEach(() => {
  nowMs = 0;
  fetched = 0;
  answer = async () => ({ keys: [first] });
});

function issuerKeys(): IssuerKeys {
  return new IssuerKeys({
    issuer: "https://issuer.example",
    fetch: () => {
      fetched++;
      return answer();
    },
    logger: createLogger({ service: "auth", instance: "test", level: "silent" }),
    now: () => nowMs,
  });
}

function find(keys: IssuerKeys, kid: string): Promise<CryptoKey> {
  return keys.find({ alg: "ES256", kid }, { payload: "", signature: "" });
}

const isDown = () => Promise.reject(new Error("down"));

test("keys are fetched when they are first needed, once for all who wait", async () => {
  const keys = issuerKeys();
  expect(fetched).toBe(0);
  const found = await Promise.all([find(keys, "first"), find(keys, "first"), find(keys, "first")]);
  expect(found.map(({ type }) => type)).toEqual(["public", "public", "public"]);
  expect(fetched).toBe(1);
});

test("a key that is not known makes them be fetched again, but not more often than every 30 s", async () => {
  const keys = issuerKeys();
  await find(keys, "first");
  answer = async () => ({ keys: [first, second] });
  await expect(find(keys, "second")).rejects.toThrow(errors.JWKSNoMatchingKey);
  expect(fetched).toBe(1);
  nowMs = 30_000;
  expect((await find(keys, "second")).type).toBe("public");
  await expect(find(keys, "third")).rejects.toThrow(errors.JWKSNoMatchingKey);
  expect(fetched).toBe(2);
});

test("keys go on being used while the issuer is away, and the others are not known then", async () => {
  const keys = issuerKeys();
  await find(keys, "first");
  answer = isDown;
  nowMs = 3_600_000;
  expect((await find(keys, "first")).type).toBe("public");
  await expect(find(keys, "second")).rejects.toThrow(errors.JWKSNoMatchingKey);
  answer = async () => ({ keys: [second] });
  nowMs += 30_000;
  expect((await find(keys, "second")).type).toBe("public");
});

test("keys that are old are fetched again while those that are there answer", async () => {
  const keys = issuerKeys();
  await find(keys, "first");
  let release = (): void => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  answer = async () => {
    await held;
    return { keys: [second] };
  };
  nowMs = 600_000;
  expect((await find(keys, "first")).type).toBe("public");
  expect(fetched).toBe(2);
  release();
  await expect
    .poll(() =>
      find(keys, "first").then(
        () => "known",
        () => "not known",
      ),
    )
    .toBe("not known");
});

test("as long as there were never any, nobody is let in, and they are asked for every 2 s at most", async () => {
  const keys = issuerKeys();
  answer = isDown;
  for (const atMs of [0, 1_000, 1_999]) {
    nowMs = atMs;
    await expect(find(keys, "first")).rejects.toMatchObject({
      code: "service_unavailable",
      retryAfterMs: 2_000,
    });
  }
  expect(fetched).toBe(1);
  answer = async () => ({ keys: [first] });
  nowMs = 2_000;
  expect((await find(keys, "first")).type).toBe("public");
});

test("what is no key set is as good as none", async () => {
  const keys = issuerKeys();
  answer = async () => ({}) as JSONWebKeySet;
  await expect(find(keys, "first")).rejects.toMatchObject({ code: "service_unavailable" });
});
