import { randomBytes } from "node:crypto";
import OpenAI from "openai";
import { afterAll, beforeAll, expect, test } from "vitest";
import { settledCalls } from "./support/ledger.ts";
import { type Mesh, startMesh } from "./support/mesh.ts";
import { collect } from "./support/sample-content.ts";
import { billRows, providerRequests, uniqueModel } from "./support/simulator.ts";
import { type ReceivedSpan, startTraceReceiver, type TraceReceiver } from "./support/trace-receiver.ts";

const configuration = `
backends: {openai: {provider: openai}, anthropic: {provider: anthropic}}
models:
  - {name: gpt-*, backend: openai}
  - {name: claude-*, backend: anthropic}
defaults: {guardPolicies: [both-directions]}
guardPolicies:
  both-directions:
    prompt: [{detector: email, action: mask}]
    reply: [{detector: email, action: mask}]
`;

/** Kinds of span as OTLP numbers them. */
const [server, client, consumer] = [2, 3, 5];

let receiver: TraceReceiver;
let mesh: Mesh;
let sdk: OpenAI;
beforeAll(async () => {
  receiver = await startTraceReceiver();
  mesh = await startMesh({
    configuration,
    environment: {
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      OTEL_TRACES_SAMPLER_ARG: "1",
      OTEL_BSP_SCHEDULE_DELAY: "100",
    },
  });
  sdk = new OpenAI({ baseURL: `${mesh.gateway}/v1`, apiKey: mesh.apiKey, maxRetries: 0 });
});
afterAll(async () => {
  await mesh?.stop();
  await receiver?.close();
});

/** A trace of a client, with the id of the span from which it calls. */
function clientTrace(flags: "00" | "01") {
  const traceId = randomBytes(16).toString("hex");
  const spanId = randomBytes(8).toString("hex");
  return { traceId, spanId, traceparent: `00-${traceId}-${spanId}-${flags}` };
}

/** The spans of a trace by name, once there are as many as expected. */
async function spansOf(traceId: string, expected: number): Promise<Map<string, ReceivedSpan>> {
  const ofTrace = () => receiver.spans.filter((span) => span.traceId === traceId);
  await expect.poll(() => ofTrace().map(({ name }) => name), { timeout: 15_000 }).toHaveLength(expected);
  return new Map(ofTrace().map((span) => [span.name, span]));
}

test("a streamed request is one trace over the five services and the provider's call", async () => {
  const model = uniqueModel("claude-sonnet-4-5");
  const { traceId, spanId, traceparent } = clientTrace("01");
  const answer = Buffer.from("Mondkalender from amt@beispiel.example").toString("base64");
  const { data: stream, request_id } = await sdk.chat.completions
    .create(
      {
        model,
        messages: [
          { role: "system", content: "Zaubertinte" },
          {
            role: "user",
            content: `Quittenbaum for kunde@beispiel.example [[sim say64=${answer}]]`,
          },
        ],
        stream: true,
      },
      { headers: { traceparent, tracestate: "vendor=value" } },
    )
    .withResponse();
  const chunks = await collect(stream);
  expect(chunks.map((chunk) => chunk.choices[0]?.delta.content ?? "").join("")).toBe(
    "Mondkalender from [EMAIL]",
  );
  const [billed] = await billRows(mesh, model);

  const spans = await spansOf(traceId, 6);
  const names = [
    "POST /v1/chat/completions",
    "auth check",
    "guard inspect",
    "route",
    `chat ${model}`,
    "process usage",
  ] as const;
  expect([...spans.keys()].sort()).toEqual([...names].sort());
  const [ingress, auth, guard, router, call, ledger] = names.map((name) => spans.get(name));

  expect([ingress, auth, guard, router, call, ledger].map((span) => span?.service)).toEqual([
    "sluice-ingress",
    "sluice-auth",
    "sluice-guard",
    "sluice-router",
    "sluice-router",
    "sluice-ledger",
  ]);
  expect([ingress, auth, guard, router, call, ledger].map((span) => span?.kind)).toEqual([
    server,
    consumer,
    consumer,
    consumer,
    client,
    consumer,
  ]);
  expect([ingress, auth, guard, router, call, ledger].map((span) => span?.parentSpanId)).toEqual([
    spanId,
    ingress?.spanId,
    auth?.spanId,
    guard?.spanId,
    router?.spanId,
    router?.spanId,
  ]);
  expect([...spans.values()].map(({ status }) => status.code)).toEqual([0, 0, 0, 0, 0, 0]);

  expect(ingress?.attributes).toMatchObject({
    "http.request.method": "POST",
    "http.route": "/v1/chat/completions",
    "http.response.status_code": 200,
    "gen_ai.operation.name": "chat",
    "gen_ai.request.stream": true,
    "sluice.request.id": request_id,
    "sluice.dialect": "openai",
  });
  expect(auth?.attributes).toMatchObject({ "sluice.team": "demo", "sluice.application": "first-steps" });
  expect(guard?.attributes).toMatchObject({ "sluice.request.id": request_id, "sluice.policy.matches": 1 });
  expect(call?.attributes).toMatchObject({
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "anthropic",
    "gen_ai.request.model": model,
    "gen_ai.response.model": model,
    "gen_ai.request.stream": true,
    "gen_ai.usage.input_tokens": billed?.inputTokens,
    "gen_ai.usage.output_tokens": billed?.outputTokens,
    "http.response.status_code": 200,
    "sluice.call.outcome": "completed",
    "sluice.usage.source": "provider",
    "sluice.attempt": 1,
  });
  expect(ledger?.attributes).toMatchObject({
    "messaging.system": "nats",
    "gen_ai.provider.name": "anthropic",
    "gen_ai.usage.input_tokens": billed?.inputTokens,
    "gen_ai.usage.output_tokens": billed?.outputTokens,
    "sluice.request.id": request_id,
  });

  const [asked] = await providerRequests(mesh, model);
  expect(asked?.headers.traceparent).toBe(`00-${traceId}-${call?.spanId}-01`);
  expect(asked?.headers.tracestate).toBe("vendor=value");
  expect((await settledCalls(mesh, request_id)).map((booked) => booked.traceId)).toEqual([traceId]);
});

test("a request without a client's trace begins one", async () => {
  const model = uniqueModel("gpt-4o-mini");
  const completion = await sdk.chat.completions.create({
    model,
    messages: [{ role: "user", content: "Hi" }],
  });
  const [booked] = await settledCalls(mesh, completion._request_id);
  const spans = await spansOf(booked?.traceId ?? "", 6);
  expect(spans.get("POST /v1/chat/completions")?.parentSpanId).toBeUndefined();
});

test("each call of a retried request has a span of its own, and errors show by their code", async () => {
  const model = uniqueModel("gpt-4o-mini");
  const { traceId, traceparent } = clientTrace("01");
  await sdk.chat.completions
    .create(
      { model, messages: [{ role: "user", content: "[[sim status=429 retry-after=0]]" }] },
      { headers: { traceparent } },
    )
    .catch(() => undefined);
  await expect
    .poll(() => receiver.spans.filter((span) => span.traceId === traceId && span.kind === client).length, {
      timeout: 15_000,
    })
    .toBe(3);
  const calls = receiver.spans.filter((span) => span.traceId === traceId && span.kind === client);
  expect(calls.map(({ attributes }) => attributes["sluice.attempt"]).sort()).toEqual([1, 2, 3]);
  for (const { attributes, status } of calls) {
    expect(status.code).toBe(2);
    expect(attributes).toMatchObject({
      "error.type": "provider_rate_limited",
      "http.response.status_code": 429,
      "sluice.call.outcome": "failed",
    });
  }
});

test("a client that wants no trace gets none, and its context still reaches the provider", async () => {
  const model = uniqueModel("gpt-4o-mini");
  const { traceId, traceparent } = clientTrace("00");
  const completion = await sdk.chat.completions.create(
    { model, messages: [{ role: "user", content: "Hi" }] },
    { headers: { traceparent } },
  );
  await settledCalls(mesh, completion._request_id);
  const [asked] = await providerRequests(mesh, model);
  expect(asked?.headers.traceparent).toBe(traceparent);
  // A request after it has arrived whole, so one before it would have too.
  const after = clientTrace("01");
  await sdk.chat.completions.create(
    { model, messages: [{ role: "user", content: "Hi" }] },
    { headers: { traceparent: after.traceparent } },
  );
  await spansOf(after.traceId, 6);
  expect(receiver.spans.filter((span) => span.traceId === traceId)).toEqual([]);
});

test("nothing that was exported holds a word of a prompt, a reply or a key", () => {
  const exported = receiver.bodies.join("\n");
  expect(exported.length).toBeGreaterThan(1000);
  const secrets = ["Zaubertinte", "Quittenbaum", "Mondkalender", "beispiel", "kunde", "[[sim", "retry-after"];
  for (const secret of [...secrets, mesh.apiKey, mesh.adminKey, mesh.apiKey.slice(10, 26)]) {
    expect(exported.includes(secret)).toBe(false);
  }
});
