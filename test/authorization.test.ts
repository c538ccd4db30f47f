import { writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { startTokenServer, type TokenServer } from "@sluice/auth/testing/token-server";
import OpenAI from "openai";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { z } from "zod";
import { settledCalls } from "./support/ledger.ts";
import { type Mesh, startMesh } from "./support/mesh.ts";
import { createKey, runSluice } from "./support/run-sluice.ts";

/** The gateway's own endpoints for employees and virtual keys, and an echo for the tokens of partners. */
const resources = (issuer: string, silentIssuer: string, echoPort: number) => `
apiVersion: sluice.dev/v1
kind: AuthPolicy
metadata: { name: employees }
spec:
  applyTo: { gateway: true }
  virtualKeys: {}
  oidc:
    issuer: ${issuer}
    audiences: [sluice]
    claims: { user: email, team: org.team, tags: groups }
    requiredScopes: [ai.use]
  authorization:
    deny: ["'suspended' in identity.tags"]
    allow: ["identity.team != ''", "request.headers['x-purpose'] == 'test'"]
---
apiVersion: sluice.dev/v1
kind: Consumer
metadata: { name: research }
spec:
  team: research
  tags: [lab]
  tokens: [{ claims: { groups: [researchers] } }]
  models: [gpt-4o*]
  limits: [{ requests: 3, interval: 1h }]
---
apiVersion: sluice.dev/v1
kind: Consumer
metadata: { name: nightly }
spec: { team: data }
---
apiVersion: sluice.dev/v1
kind: Consumer
metadata: { name: europeans }
spec: { team: europe, regions: [eu] }
---
apiVersion: sluice.dev/v1
kind: AIBackend
metadata: { name: openai-eu }
spec: { provider: openai, region: eu }
---
apiVersion: sluice.dev/v1
kind: RouteTable
metadata: { name: european-models }
spec: { models: [{ name: gpt-4o-eu, destination: { aiBackend: { name: openai-eu } }, providerModel: gpt-4o }] }
---
apiVersion: sluice.dev/v1
kind: AuthPolicy
metadata: { name: partners }
spec:
  applyTo: { routes: [{ labels: { for: partners } }] }
  jwt: { issuer: ${issuer}, audiences: [sluice], jwksUri: ${issuer}/jwks }
  introspection:
    url: ${issuer}/introspect
    clientId: sluice
    clientSecret: { env: AUTH_PARTNER_SECRET }
---
apiVersion: sluice.dev/v1
kind: AuthPolicy
metadata: { name: of-the-silent }
spec:
  applyTo: { routes: [{ labels: { for: the-silent } }] }
  oidc: { issuer: ${silentIssuer}, audiences: [sluice] }
---
apiVersion: sluice.dev/v1
kind: ExternalService
metadata: { name: echo }
spec: { hosts: [127.0.0.1], ports: [{ number: ${echoPort}, protocol: HTTP }] }
---
apiVersion: sluice.dev/v1
kind: RouteTable
metadata: { name: echo }
spec:
  routes:
  - name: partners
    labels: { for: partners }
    match: [{ path: { prefix: /partners } }]
    destination: { externalService: { name: echo } }
  - name: silent
    labels: { for: the-silent }
    match: [{ path: { prefix: /silent } }]
    destination: { externalService: { name: echo } }
`;

let issuer: TokenServer;
let silent: TokenServer;
let echo: Server;
let mesh: Mesh;
beforeAll(async () => {
  [issuer, silent] = await Promise.all([startTokenServer(), startTokenServer()]);
  echo = createServer((request, response) => {
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ url: request.url, headers: request.headers }));
  });
  await new Promise<void>((resolve) => echo.listen(0, "127.0.0.1", resolve));
  mesh = await startMesh({ environment: { AUTH_PARTNER_SECRET: "of-the-gateway" } });
  const file = join(mesh.dataDir, "authorization.yaml");
  await writeFile(file, resources(issuer.url, silent.url, (echo.address() as AddressInfo).port));
  expect(await runSluice(mesh, "apply", "-f", file)).toMatchObject({ code: 0 });
  const isThere = async () => expect((await fetch(`${mesh.gateway}/partners`)).status).toBe(401);
  await vi.waitFor(isThere, { timeout: 15_000, interval: 100 });
});
afterAll(async () => {
  await mesh?.stop();
  await Promise.all([issuer?.stop(), silent?.stop()]);
  await new Promise((resolve) => echo?.close(resolve));
});

const employee = { sub: "1", email: "ada@example.com", org: { team: "search" }, scope: "ai.use" };
const clientOf = (apiKey: string) =>
  new OpenAI({
    apiKey,
    baseURL: `${mesh.gateway}/v1`,
    maxRetries: 0,
    defaultHeaders: { "x-purpose": "test" },
  });

async function chat(apiKey: string, model = "gpt-4o") {
  const messages = [{ role: "user" as const, content: "Hello" }];
  return await clientOf(apiKey).chat.completions.create({ model, messages }).withResponse();
}

test("an SDK whose API key is a token of the company asks, streams and is booked as whom the token says", async () => {
  const client = clientOf(await issuer.sign(employee));
  const { data: stream, response } = await client.chat.completions
    .create({ model: "gpt-4o", messages: [{ role: "user", content: "Count to ten" }], stream: true })
    .withResponse();
  let text = "";
  for await (const piece of stream) text += piece.choices[0]?.delta.content ?? "";
  expect(text).not.toBe("");
  const [call] = await settledCalls(mesh, response.headers.get("x-request-id"));
  expect(call).toMatchObject({ user: "ada@example.com", team: "search", outcome: "completed" });
  const models = await client.models.list();
  expect(models.data.length).toBeGreaterThan(0);
});

test("a token that is not good is refused as the SDK expects it, with a challenge", async () => {
  const expired = await issuer.sign({ ...employee, exp: 1 });
  const refused = await chat(expired).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(OpenAI.AuthenticationError);
  expect(refused).toMatchObject({ status: 401, code: "expired_api_key" });
  const response = await fetch(`${mesh.gateway}/v1/models`, {
    headers: { authorization: `Bearer ${expired}` },
  });
  expect(response.headers.get("www-authenticate")).toBe(
    'Bearer realm="sluice", error="invalid_token", error_description="The token has expired."',
  );
  const nothing = await fetch(`${mesh.gateway}/v1/models`);
  expect(nothing.headers.get("www-authenticate")).toBe('Bearer realm="sluice"');
  expect(
    await chat(await issuer.sign({ ...employee, aud: "web" })).catch((error: unknown) => error),
  ).toMatchObject({
    status: 401,
    code: "invalid_api_key",
  });
});

test.each([
  ["a scope that is missing", { scope: "other" }],
  ["a rule that refuses", { groups: ["suspended"] }],
])("%s is 403, and only the policy is named", async (_what, claims) => {
  const refused = await chat(await issuer.sign({ ...employee, ...claims })).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(OpenAI.PermissionDeniedError);
  expect(refused).toMatchObject({
    code: "permission_denied",
    message: expect.stringContaining("AuthPolicy employees"),
  });
});

test("a consumer has its models and its limit, over all of its tokens, and is booked as its team", async () => {
  const researcher = (sub: string) => issuer.sign({ ...employee, sub, groups: ["researchers"] });
  const [one, two] = await Promise.all([researcher("one"), researcher("two")]);
  const refused = await chat(one, "gpt-5-mini").catch((error: unknown) => error);
  expect(refused).toMatchObject({ status: 403, code: "model_not_allowed" });
  const { response } = await chat(one);
  await chat(two);
  await chat(one);
  expect(await chat(two).catch((error: unknown) => error)).toMatchObject({
    status: 429,
    message: expect.stringContaining("Consumer research/0"),
  });
  const [call] = await settledCalls(mesh, response.headers.get("x-request-id"));
  expect(call).toMatchObject({ user: "ada@example.com", team: "research", tags: ["researchers", "lab"] });
});

test("virtual keys go on working beside, and belong to a consumer that they are made for", async () => {
  expect((await chat(mesh.apiKey)).data.choices).toHaveLength(1);
  const { secret } = await createKey(mesh, "--consumer", "nightly");
  const { response } = await chat(secret);
  const [call] = await settledCalls(mesh, response.headers.get("x-request-id"));
  expect(call).toMatchObject({ team: "data" });
});

test("what must stay in a region goes nowhere else, and sees nothing else", async () => {
  const { secret } = await createKey(mesh, "--consumer", "europeans");
  const { response } = await chat(secret, "gpt-4o-eu");
  expect(response.headers.get("x-sluice-backend")).toBe("openai-eu");
  expect(await chat(secret).catch((error: unknown) => error)).toMatchObject({
    status: 403,
    code: "model_not_allowed",
    message: expect.stringContaining("must stay in certain regions (eu)"),
  });
  const listed = await fetch(`${mesh.gateway}/v1/models`, { headers: { authorization: `Bearer ${secret}` } });
  expect(await listed.json()).toMatchObject({ data: [{ id: "gpt-4o-eu" }] });
});

const echoSchema = z.object({ url: z.string(), headers: z.record(z.string(), z.string()) });

test("tokens, signed and opaque, open a route and go no further than that", async () => {
  const signed = await issuer.sign();
  const opaque = "an-opaque-token-of-a-partner";
  issuer.opaque.set(opaque, { active: true, sub: "partner" });
  for (const token of [signed, opaque]) {
    const headers = { authorization: `Bearer ${token}`, "x-copy": `t=${token}`, "x-other": "kept" };
    const response = await fetch(`${mesh.gateway}/partners/a?copy=${token}&b=c`, { headers });
    expect(response.status).toBe(200);
    const { url, headers: sent } = echoSchema.parse(await response.json());
    expect(JSON.stringify([url, sent])).not.toContain(token);
    expect(url).toBe("/partners/a?b=c");
    expect(sent["x-other"]).toBe("kept");
  }
  expect(issuer.introspections.map(({ form }) => form.get("token"))).toEqual([opaque]);
  const basic = Buffer.from("sluice:of-the-gateway").toString("base64");
  expect(issuer.introspections[0]?.authorization).toBe(`Basic ${basic}`);
  const unknown = await fetch(`${mesh.gateway}/partners`, { headers: { authorization: "Bearer unknown" } });
  expect(unknown.status).toBe(401);
});

test("while an issuer does not answer, its tokens wait for it and requests of others go on", async () => {
  let release = (): void => {};
  silent.heldUp = new Promise((resolve) => {
    release = resolve;
  });
  const token = await silent.sign();
  const waiting = fetch(`${mesh.gateway}/silent`, { headers: { authorization: `Bearer ${token}` } });
  await expect.poll(() => silent.asked.size).toBe(1);
  expect((await chat(await issuer.sign(employee))).data.choices).toHaveLength(1);
  release();
  expect((await waiting).status).toBe(200);
});

test("explain says which ways there are", async () => {
  const { code, out } = await runSluice(mesh, "explain", "/v1/chat/completions", "--model", "gpt-4o");
  expect(code).toBe(0);
  expect(out).toContain(`a virtual key, or a token of ${issuer.url} (AuthPolicy employees, within 3 rules)`);
});
