import { writeFile } from "node:fs/promises";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { type Simulator, startSimulator } from "@sluice/simulator/start-simulator";
import OpenAI from "openai";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { z } from "zod";
import { settledCalls } from "./support/ledger.ts";
import { type Mesh, startMesh } from "./support/mesh.ts";
import { createKey, runSluice } from "./support/run-sluice.ts";
import { billRows, uniqueModel } from "./support/simulator.ts";

/** Routes of one consumer key for two providers, each with its own key from the consumer's Secret, and an echo; one in XML. */
const resources = (echoPort: number) => `
apiVersion: v1
kind: Secret
metadata: { name: consumer, labels: { consumer: "yes" } }
stringData: { api-key: consumers-own-key, openai: sk-openai-key, gemini: gemini-key-of-ours }
---
apiVersion: sluice.dev/v1
kind: AuthPolicy
metadata: { name: consumers }
spec:
  applyTo: { routes: [{ labels: { for: consumers } }] }
  apiKey:
    header: api-key
    secrets: { labels: { consumer: "yes" } }
    upstreamHeaders: { x-openai: openai, x-gemini: gemini }
---
apiVersion: sluice.dev/v1
kind: ExternalService
metadata: { name: openai }
spec: { hosts: [api.openai.com], ports: [{ number: 443, protocol: HTTPS }] }
---
apiVersion: sluice.dev/v1
kind: ExternalService
metadata: { name: gemini }
spec: { hosts: [generativelanguage.googleapis.com], ports: [{ number: 443, protocol: HTTPS }] }
---
apiVersion: sluice.dev/v1
kind: ExternalService
metadata: { name: echo }
spec: { hosts: [127.0.0.1], ports: [{ number: ${echoPort}, protocol: HTTP }] }
---
apiVersion: sluice.dev/v1
kind: RouteTable
metadata: { name: providers }
spec:
  routes:
  - name: openai
    labels: { for: consumers, provider: openai }
    match: [{ path: { prefix: /openai } }]
    rewrite: { path: / }
    destination: { externalService: { name: openai } }
  - name: gemini
    labels: { for: consumers, provider: gemini }
    match: [{ path: { exact: "/v1beta/models/gemini-pro:generateContent" } }]
    destination: { externalService: { name: gemini } }
---
apiVersion: sluice.dev/v1
kind: RouteTable
metadata: { name: echo }
spec:
  authentication: optional
  routes:
  - name: limited
    match: [{ path: { prefix: /limited } }]
    destination: { externalService: { name: echo } }
    policies: { ai: [{ name: three }] }
  - name: in-xml
    labels: { format: xml }
    match: [{ path: { prefix: /xml } }]
    destination: { externalService: { name: echo } }
    policies: { ai: [{ name: no-emails }] }
  - name: open
    match: [{ path: { prefix: /echo } }]
    destination: { externalService: { name: echo } }
---
apiVersion: sluice.dev/v1
kind: AIPolicy
metadata: { name: three }
spec: { limits: [{ requests: 3, interval: 1h }] }
---
apiVersion: sluice.dev/v1
kind: AIPolicy
metadata: { name: no-emails }
spec: { prompt: [{ detector: email, action: mask }], reply: [{ detector: us_ssn, action: mask }] }
---
apiVersion: sluice.dev/v1
kind: TransformationPolicy
metadata: { name: in-xml }
spec:
  applyTo: { routes: [{ labels: { format: xml } }] }
  request: { body: { convert: json-to-xml } }
  response: { body: { convert: xml-to-json, xml: { lists: [item], values: typed } } }
---
apiVersion: sluice.dev/v1
kind: TransformationPolicy
metadata: { name: openai-key }
spec:
  applyTo: { routes: [{ labels: { provider: openai } }] }
  request:
    extractors: { key: { header: x-openai } }
    headers: { authorization: "Bearer {{ key }}" }
    removeHeaders: [x-openai, x-gemini]
---
apiVersion: sluice.dev/v1
kind: TransformationPolicy
metadata: { name: gemini-key }
spec:
  applyTo: { routes: [{ labels: { provider: gemini } }] }
  request:
    extractors: { key: { header: x-gemini } }
    query: { key: "{{ key }}" }
    removeHeaders: [x-openai, x-gemini]
`;

let simulator: Simulator;
let echo: Server;
let mesh: Mesh;
beforeAll(async () => {
  simulator = await startSimulator();
  echo = createServer((request, response) => {
    // What is XML comes back as it went.
    if (request.headers["content-type"]?.includes("xml") === true) {
      response.writeHead(request.url === "/xml/fault" ? 500 : 200, { "content-type": "text/xml" });
      request.pipe(response);
      return;
    }
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ url: request.url, headers: request.headers }));
  });
  await new Promise<void>((resolve) => echo.listen(0, "127.0.0.1", resolve));
  const hosts = ["api.openai.com", "generativelanguage.googleapis.com"];
  mesh = await startMesh({
    replicas: "auth=2,router=2",
    environment: { SLUICE_HOST_OVERRIDES: hosts.map((host) => `${host}=${simulator.url}`).join(",") },
  });
  const file = join(mesh.dataDir, "routes.yaml");
  await writeFile(file, resources((echo.address() as AddressInfo).port));
  expect(await runSluice(mesh, "apply", "-f", file)).toMatchObject({ code: 0 });
  const isThere = async () => expect((await fetch(`${mesh.gateway}/echo`)).status).toBe(200);
  await vi.waitFor(isThere, { timeout: 15_000, interval: 100 });
});
afterAll(async () => {
  await mesh?.stop();
  await simulator?.stop();
  await new Promise((resolve) => echo?.close(resolve));
});

const apiKey = { "api-key": "consumers-own-key" };
const atSimulator = () => ({ ...mesh, simulatorUrl: simulator.url });
const echoSchema = z.object({ url: z.string(), headers: z.record(z.string(), z.string()) });

async function echoed(path: string, headers: Record<string, string>): Promise<z.infer<typeof echoSchema>> {
  return echoSchema.parse(await (await fetch(mesh.gateway + path, { headers })).json());
}

test("a stream through a route comes piece by piece and is booked as it is billed", async () => {
  const model = uniqueModel("gpt-4o");
  const client = new OpenAI({
    apiKey: "none",
    baseURL: `${mesh.gateway}/openai/v1`,
    defaultHeaders: apiKey,
    maxRetries: 0,
  });
  const messages = [{ role: "user" as const, content: "Count to ten" }];
  const { data: stream, response } = await client.chat.completions
    .create({ model, messages, stream: true })
    .withResponse();
  const pieces: unknown[] = [];
  for await (const piece of stream) pieces.push(piece);
  expect(pieces.length).toBeGreaterThan(2);
  // It is asked for by the gateway alone, and no concern of the client's.
  expect(pieces).not.toContainEqual(expect.objectContaining({ usage: expect.anything() }));
  const [call] = await settledCalls(mesh, response.headers.get("x-request-id"));
  const [row] = await billRows(atSimulator(), model);
  expect(call).toMatchObject({
    provider: "openai",
    outcome: "completed",
    usageSource: "provider",
    inputTokens: row?.inputTokens,
    outputTokens: row?.outputTokens,
  });
});

test("a stream that its provider cuts off is told and booked", async () => {
  const model = uniqueModel("gpt-4o");
  const body = {
    model,
    stream: true,
    messages: [{ role: "user", content: "[[sim cut-after=3]] Count to ten" }],
  };
  const response = await fetch(`${mesh.gateway}/openai/v1/chat/completions`, {
    method: "POST",
    headers: { ...apiKey, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  expect(await response.text()).toContain("provider_stream_cut");
  const [call] = await settledCalls(mesh, response.headers.get("x-request-id"));
  expect(call).toMatchObject({ outcome: "failed", usageSource: "estimated" });
});

test("another provider takes its key in the query, and the same consumer key opens it", async () => {
  const response = await fetch(`${mesh.gateway}/v1beta/models/gemini-pro:generateContent`, {
    method: "POST",
    headers: { ...apiKey, "content-type": "application/json" },
    body: JSON.stringify({ contents: [{ role: "user", parts: [{ text: "Hello" }] }] }),
  });
  expect(response.status).toBe(200);
  expect(await response.json()).toMatchObject({ candidates: [{}] });
  const [call] = await settledCalls(mesh, response.headers.get("x-request-id"));
  expect(call).toMatchObject({ provider: "gemini", model: "gemini-pro", usageSource: "provider" });
});

test("requests are limited also where nothing is booked", async () => {
  const ask = async () => (await fetch(`${mesh.gateway}/limited`)).status;
  const statuses = await Promise.all(Array.from({ length: 10 }, ask));
  expect(statuses.toSorted()).toEqual([200, 200, 200, ...Array.from({ length: 7 }, () => 429)]);
  expect(await ask()).toBe(429);
});

test("a virtual key reaches no destination, another key does", async () => {
  const { secret } = await createKey(mesh);
  const headers = {
    authorization: "Bearer sk-callers",
    "x-api-key": secret,
    cookie: `k=${secret}`,
    "x-a": "1",
  };
  await expect.poll(async () => (await echoed("/echo", headers)).headers).toMatchObject({ "x-a": "1" });
  const { url, headers: seen } = await echoed(`/echo/x?a=1&key=${secret}`, headers);
  expect(url).toBe("/echo/x?a=1");
  expect(JSON.stringify(seen)).not.toContain(secret);
  const own: IncomingHttpHeaders = (await echoed("/echo", { authorization: "Bearer sk-callers" })).headers;
  expect(own.authorization).toBe("Bearer sk-callers");
});

test("a method that destinations should not be asked with has no route", async () => {
  expect((await fetch(`${mesh.gateway}/echo`, { method: "PROPFIND" })).status).toBe(404);
});

function sendInXml(path: string, body: unknown): Promise<Response> {
  return fetch(mesh.gateway + path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
}

test("a client speaks JSON to a service that speaks XML, and the guard sees both ways", async () => {
  const order = { "@id": 7, item: ["tea"], to: "<ada@example.com>", note: "123-45-6789 & more" };
  const response = await sendInXml("/xml/orders", { order });
  expect(response.headers.get("content-type")).toBe("application/json");
  expect(await response.json()).toEqual({
    order: { ...order, to: "<[EMAIL]>", note: "[US_SSN] & more" },
  });
});

test("errors in XML are JSON, too, and what has no place in XML is refused", async () => {
  const fault = await sendInXml("/xml/fault", { fault: { reason: "none" } });
  expect([fault.status, await fault.json()]).toEqual([500, { fault: { reason: "none" } }]);
  const refused = await sendInXml("/xml/orders", { order: { item: [["tea"]] } });
  expect([refused.status, await refused.json()]).toMatchObject([
    400,
    { error: { message: expect.stringContaining('the field "order.item" is a list in a list') } },
  ]);
});
