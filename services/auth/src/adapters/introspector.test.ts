import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Introspection } from "@sluice/resources/access-policy";
import { apiKeyDigestKey } from "@sluice/sealing/api-key-digest";
import { createFingerprintKey } from "@sluice/sealing/sealing-keys";
import { createLogger } from "@sluice/telemetry/logger";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { startTokenServer, type TokenServer } from "../testing/token-server.ts";
import { Introspector } from "./introspector.ts";
import { JsonClient } from "./json-client.ts";

const digestKey = apiKeyDigestKey(createFingerprintKey());
const environment = { CLIENT_SECRET: "s&cret: of ours ", DIGEST_KEY: digestKey };

let server: TokenServer;
let client: JsonClient;
let introspector: Introspector;
let nowMs: number;
beforeAll(async () => {
  server = await startTokenServer();
  client = new JsonClient();
});
afterAll(async () => {
  await client.close();
  await server.stop();
});
beforeEach(() => {
  nowMs = 1_000_000;
  server.isDown = false;
  server.introspections.length = 0;
  server.asked.clear();
  server.opaque.clear();
  introspector = new Introspector({
    client,
    environment,
    logger: createLogger({ service: "auth", instance: "test", level: "silent" }),
    now: () => nowMs,
  });
});

function at(changes: Partial<Introspection> = {}): Introspection {
  return {
    url: `${server.url}/introspect`,
    clientId: "slu:ice",
    clientSecret: { env: "CLIENT_SECRET" },
    clientAuthentication: "basic",
    cacheTtlMs: 60_000,
    timeoutMs: 5_000,
    audiences: [],
    claims: { user: "sub" },
    requiredScopes: [],
    requiredClaims: {},
    forward: false,
    ...changes,
  };
}

test("a token that the server knows is as the server says, and one that it does not know is none", async () => {
  server.opaque.set("known", { active: true, sub: "ada", scope: "a b" });
  expect(await introspector.introspect(at(), "known")).toEqual({ active: true, sub: "ada", scope: "a b" });
  expect(await introspector.introspect(at(), "unknown")).toBeUndefined();
  const [asked] = server.introspections;
  expect(asked?.form.toString()).toBe("token=known&token_type_hint=access_token");
  const credentials = Buffer.from("slu%3Aice:s%26cret%3A+of+ours").toString("base64");
  expect(asked?.authorization).toBe(`Basic ${credentials}`);
});

test("the gateway can say who it is in the form", async () => {
  await introspector.introspect(at({ clientAuthentication: "post" }), "known");
  expect(Object.fromEntries(server.introspections[0]?.form ?? [])).toMatchObject({
    client_id: "slu:ice",
    client_secret: "s&cret: of ours",
  });
  expect(server.introspections[0]?.authorization).toBeUndefined();
});

test("an answer counts for its time, whatever it is, and for all who ask in the same moment", async () => {
  server.opaque.set("known", { active: true, sub: "ada" });
  const asks = Array.from({ length: 5 }, () => introspector.introspect(at(), "known"));
  await Promise.all([...asks, introspector.introspect(at(), "unknown")]);
  nowMs += 59_999;
  await Promise.all([introspector.introspect(at(), "known"), introspector.introspect(at(), "unknown")]);
  expect(server.introspections).toHaveLength(2);
  nowMs += 1;
  server.opaque.clear();
  expect(await introspector.introspect(at(), "known")).toBeUndefined();
});

test("an answer never counts past the token's own time", async () => {
  server.opaque.set("short", { active: true, sub: "ada", exp: 1_010 });
  expect(await introspector.introspect(at(), "short")).toMatchObject({ sub: "ada" });
  nowMs = 1_010_000;
  expect(await introspector.introspect(at(), "short")).toBeUndefined();
  expect(server.introspections).toHaveLength(2);
});

test("without a time nothing is kept", async () => {
  server.opaque.set("known", { active: true });
  await introspector.introspect(at({ cacheTtlMs: 0 }), "known");
  await introspector.introspect(at({ cacheTtlMs: 0 }), "known");
  expect(server.introspections).toHaveLength(2);
});

test("a token that is not valid yet is none", async () => {
  server.opaque.set("early", { active: true, nbf: 1_001 });
  expect(await introspector.introspect(at(), "early")).toBeUndefined();
});

test("a server that can't be asked lets nobody in, and is asked again after a second", async () => {
  server.opaque.set("known", { active: true });
  server.isDown = true;
  await expect(introspector.introspect(at(), "known")).rejects.toMatchObject({
    code: "service_unavailable",
    retryAfterMs: 1_000,
  });
  server.isDown = false;
  nowMs += 999;
  await expect(introspector.introspect(at(), "known")).rejects.toMatchObject({ code: "service_unavailable" });
  expect(server.asked.get("/introspect")).toBe(1);
  nowMs += 1;
  expect(await introspector.introspect(at(), "known")).toEqual({ active: true });
});

test("a server that does not answer in time lets nobody in", async () => {
  let release = (): void => {};
  server.heldUp = new Promise((resolve) => {
    release = resolve;
  });
  try {
    const asked = introspector.introspect(at({ timeoutMs: 100 }), "known");
    await expect(asked).rejects.toMatchObject({ code: "service_unavailable" });
  } finally {
    release();
    server.heldUp = undefined;
  }
});

test("what is no answer to the question lets nobody in", async () => {
  server.opaque.set("odd", { active: "yes" });
  await expect(introspector.introspect(at(), "odd")).rejects.toMatchObject({ code: "service_unavailable" });
});

test.each([
  ["a variable that is not there", { env: "NOT_THERE" }],
  ["a file that is not there", { file: "/not/there" }],
  ["the key by which API keys are known", { env: "DIGEST_KEY" }],
])("%s is no secret to show a server", async (_what, clientSecret) => {
  await expect(introspector.introspect(at({ clientSecret }), "known")).rejects.toMatchObject({
    code: "service_unavailable",
  });
  expect(server.introspections).toEqual([]);
});

test("the secret may be in a file", async () => {
  const folder = await mkdtemp(join(tmpdir(), "sluice-auth-"));
  const file = join(folder, "secret");
  await writeFile(file, "of-a-file\n");
  await introspector.introspect(at({ clientSecret: { file } }), "known");
  await rm(folder, { recursive: true });
  const credentials = Buffer.from("slu%3Aice:of-a-file").toString("base64");
  expect(server.introspections[0]?.authorization).toBe(`Basic ${credentials}`);
});
