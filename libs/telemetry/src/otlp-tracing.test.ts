import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import { SluiceError } from "@sluice/contracts/sluice-error";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { SpanAttributes } from "./gen-ai-attributes.ts";
import { createLogger } from "./logger.ts";
import { parseTraceparent } from "./trace-context.ts";
import { startTracing, type Tracing, type TracingOptions } from "./tracing.ts";

const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
const clientSpanId = "00f067aa0ba902b7";
const sampledParent = `00-${traceId}-${clientSpanId}-01`;
const unsampledParent = `00-${traceId}-${clientSpanId}-00`;

interface ExportedSpan {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  kind: number;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  attributes: { key: string; value: Record<string, unknown> }[];
  links?: { traceId: string; spanId: string }[];
  traceState?: string;
  status: { code?: number; message?: string };
}
interface ExportRequest {
  resourceSpans: {
    resource: { attributes: { key: string; value: { stringValue?: string } }[] };
    scopeSpans: { spans: ExportedSpan[] }[];
  }[];
}

let collector: Server;
let endpoint: string;
let exported: ExportRequest[];
let paths: (string | undefined)[];
let started: Tracing[];

beforeEach(async () => {
  exported = [];
  paths = [];
  started = [];
  collector = createServer((request, response) => {
    paths.push(request.url);
    void json(request).then((body) => {
      exported.push(body as ExportRequest);
      response.setHeader("content-type", "application/json").end("{}");
    });
  });
  collector.listen(0, "127.0.0.1");
  await once(collector, "listening");
  endpoint = `http://127.0.0.1:${(collector.address() as AddressInfo).port}`;
});

afterEach(async () => {
  await Promise.all(started.map((tracing) => tracing.shutdown()));
  collector.close();
  collector.closeAllConnections();
});

test("a request through several services is one trace with the right parents", async () => {
  const ingress = await start({ service: "ingress", instance: "ingress-a1b2c3d4" });
  const router = await start({ service: "router", instance: "router-a1b2c3d4" });

  const decision = ingress.decide({});
  const server = ingress.startSpan("POST /v1/chat/completions", { kind: "server", parent: decision });
  const route = router.startSpan("router.route", {
    kind: "consumer",
    parent: { traceparent: server.traceparent },
  });
  const call = router.startSpan("chat gpt-4o", {
    kind: "client",
    parent: route,
    attributes: { "gen_ai.operation.name": "chat", "gen_ai.usage.input_tokens": 12 },
  });
  call.setAttributes({ "gen_ai.response.finish_reasons": ["stop"], "gen_ai.request.stream": true });
  call.end();
  route.end();
  server.end();
  await Promise.all([ingress.shutdown(), router.shutdown()]);

  expect(paths).toEqual(["/v1/traces", "/v1/traces"]);
  const [root, middle, leaf] = [
    spanNamed("POST /v1/chat/completions"),
    spanNamed("router.route"),
    spanNamed("chat gpt-4o"),
  ];
  expect(root.parentSpanId).toBeUndefined();
  expect(middle.parentSpanId).toBe(root.spanId);
  expect(leaf.parentSpanId).toBe(middle.spanId);
  expect([middle.traceId, leaf.traceId]).toEqual([root.traceId, root.traceId]);
  expect([root.kind, middle.kind, leaf.kind]).toEqual([2, 5, 3]);
  expect(attributesOf(leaf)).toEqual({
    "gen_ai.operation.name": { stringValue: "chat" },
    "gen_ai.usage.input_tokens": { intValue: 12 },
    "gen_ai.response.finish_reasons": { arrayValue: { values: [{ stringValue: "stop" }] } },
    "gen_ai.request.stream": { boolValue: true },
  });
});

test("the resource says which service and which instance", async () => {
  const tracing = await start({ service: "guard", instance: "guard-a1b2c3d4", version: "1.2.3" });
  tracing.startSpan("guard.inspect", { parent: { traceparent: sampledParent } }).end();
  await tracing.shutdown();
  const attributes = exported[0]?.resourceSpans[0]?.resource.attributes ?? [];
  expect(Object.fromEntries(attributes.map(({ key, value }) => [key, value.stringValue]))).toEqual({
    "service.name": "sluice-guard",
    "service.instance.id": "guard-a1b2c3d4",
    "service.version": "1.2.3",
  });
});

test("a client's sampled trace is continued, its state with it", async () => {
  const tracing = await start({ sampleRatio: 0 });
  const decision = tracing.decide({ traceparent: sampledParent, tracestate: "vendor=abc" });
  const span = tracing.startSpan("server", { kind: "server", parent: decision });
  span.end();
  await tracing.shutdown();
  expect(decision).toEqual({ sampled: true, traceparent: sampledParent, tracestate: "vendor=abc" });
  expect(spanNamed("server")).toMatchObject({
    traceId,
    parentSpanId: clientSpanId,
    traceState: "vendor=abc",
  });
  expect(parseTraceparent(span.traceparent ?? "")).toEqual({
    traceId,
    spanId: spanNamed("server").spanId,
    flags: 1,
  });
  expect(span.tracestate).toBe("vendor=abc");
});

test("a client's unsampled trace is passed on and makes no span, whatever the ratio", async () => {
  const tracing = await start({ sampleRatio: 1 });
  const decision = tracing.decide({ traceparent: unsampledParent, tracestate: "vendor=abc" });
  const span = tracing.startSpan("server", { parent: decision });
  span.setAttributes({ "sluice.request.id": "r-1" });
  span.recordError(new Error("failed"));
  span.end();
  await tracing.shutdown();
  expect(decision).toEqual({ sampled: false, traceparent: unsampledParent, tracestate: "vendor=abc" });
  expect(span.traceparent).toBeUndefined();
  expect(exported).toEqual([]);
});

test("all spans that are not sampled are one and the same", async () => {
  const tracing = await start({ sampleRatio: 0 });
  const first = tracing.startSpan("one", { parent: tracing.decide({}) });
  const second = tracing.startSpan("two", { parent: { traceparent: unsampledParent } });
  const third = tracing.startSpan("three", {});
  expect(second).toBe(first);
  expect(third).toBe(first);
});

test("a request without a trace and not sampled gets no traceparent", async () => {
  const tracing = await start({ sampleRatio: 0 });
  expect(tracing.decide({})).toEqual({ sampled: false });
  expect(tracing.decide({ traceparent: "nonsense", tracestate: "vendor=abc" })).toEqual({ sampled: false });
});

test("the ratio decides by the trace id: two processes decide alike", async () => {
  const options = { sampleRatio: 0.5, trustIncoming: false };
  const [first, second] = [await start(options), await start(options)];
  const ids = Array.from({ length: 200 }, (_, number) =>
    (number * 2_654_435_761 + 1).toString(16).padStart(32, "9"),
  );
  const decide = (tracing: Tracing) =>
    ids.map((id) => tracing.decide({ traceparent: `00-${id}-${clientSpanId}-01` }).sampled);
  expect(decide(first)).toEqual(decide(second));
  expect(new Set(decide(first))).toEqual(new Set([true, false]));
});

test("a client that is not trusted decides nothing, and its flag is replaced by ours", async () => {
  const none = await start({ sampleRatio: 0, trustIncoming: false });
  const all = await start({ sampleRatio: 1, trustIncoming: false });
  expect(none.decide({ traceparent: sampledParent })).toMatchObject({
    sampled: false,
    traceparent: unsampledParent,
  });
  expect(all.decide({ traceparent: unsampledParent })).toMatchObject({
    sampled: true,
    traceparent: sampledParent,
  });
});

test("an error is recorded by its code alone", async () => {
  const tracing = await start({});
  const span = tracing.startSpan("call", { parent: { traceparent: sampledParent } });
  span.recordError(new SluiceError("provider_timeout", "No answer to: what is my card number?"));
  span.end();
  await tracing.shutdown();
  expect(spanNamed("call").status).toEqual({ code: 2 });
  expect(attributesOf(spanNamed("call"))).toEqual({ "error.type": { stringValue: "provider_timeout" } });
  expect(JSON.stringify(exported)).not.toContain("card number");
});

test("names outside the list and values as long as a prompt do not get on a span", async () => {
  const tracing = await start({});
  const prompt = "my card is 4111 ".repeat(100);
  const smuggled = {
    "gen_ai.input.messages": "my card is 4111",
    "gen_ai.request.model": prompt,
  } as SpanAttributes;
  const span = tracing.startSpan("call", { parent: { traceparent: sampledParent }, attributes: smuggled });
  span.setAttributes({ ...smuggled, "gen_ai.response.finish_reasons": [prompt] });
  span.end();
  await tracing.shutdown();
  expect(JSON.stringify(exported)).not.toContain("my card");
  expect(attributesOf(spanNamed("call"))).toEqual({
    "gen_ai.request.model": { stringValue: "refused: 1600 characters" },
    "gen_ai.response.finish_reasons": {
      arrayValue: { values: [{ stringValue: "refused: 1600 characters" }] },
    },
  });
});

test("a span can be written after the fact, with links", async () => {
  const tracing = await start({});
  const other = `00-${"a".repeat(32)}-${"b".repeat(16)}-00`;
  const span = tracing.startSpan("ledger.record", {
    kind: "consumer",
    parent: { traceparent: sampledParent },
    startTimeMs: 1_700_000_000_000.25,
    links: [{ traceparent: other }, { traceparent: "nonsense" }, {}],
  });
  span.end(1_700_000_000_123);
  await tracing.shutdown();
  expect(spanNamed("ledger.record")).toMatchObject({
    startTimeUnixNano: "1700000000000250000",
    endTimeUnixNano: "1700000000123000000",
    links: [{ traceId: "a".repeat(32), spanId: "b".repeat(16) }],
  });
});

test("a collector that does not answer does not hold up the exit, and the log says so", async () => {
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(line) };
  const silent = createServer(() => undefined);
  silent.listen(0, "127.0.0.1");
  await once(silent, "listening");
  const tracing = await startTracing({
    service: "router",
    instance: "router-a1b2c3d4",
    sampleRatio: 1,
    logger: createLogger({ service: "router", instance: "router-a1b2c3d4", level: "info", destination }),
    otlpEndpoint: `http://127.0.0.1:${(silent.address() as AddressInfo).port}/`,
  });
  tracing.startSpan("call", { parent: tracing.decide({}) }).end();
  await tracing.shutdown(50);
  expect(lines.join()).toContain("the collector did not take the last spans in time");
  silent.close();
  silent.closeAllConnections();
});

test("OTEL_SDK_DISABLED turns traces off", async () => {
  vi.stubEnv("OTEL_SDK_DISABLED", "true");
  const tracing = await start({});
  vi.unstubAllEnvs();
  const span = tracing.startSpan("server", { parent: tracing.decide({}) });
  expect(span.traceparent).toBeUndefined();
});

test("without an endpoint there are no spans, and a client's trace context goes on as it came", async () => {
  const tracing = await startTracing({ service: "router", instance: "router-a1b2c3d4", sampleRatio: 1 });
  const decision = tracing.decide({ traceparent: sampledParent, tracestate: "vendor=abc" });
  expect(decision).toEqual({ sampled: false, traceparent: sampledParent, tracestate: "vendor=abc" });
  expect(tracing.decide({})).toEqual({ sampled: false });
  expect(tracing.startSpan("server", { parent: decision }).traceparent).toBeUndefined();
});

async function start(options: Partial<TracingOptions>): Promise<Tracing> {
  const tracing = await startTracing({
    service: "router",
    instance: "router-a1b2c3d4",
    sampleRatio: 1,
    otlpEndpoint: endpoint,
    ...options,
  });
  started.push(tracing);
  return tracing;
}

function spanNamed(name: string): ExportedSpan {
  const spans = exported.flatMap(({ resourceSpans }) =>
    resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans)),
  );
  const found = spans.filter((span) => span.name === name);
  expect(found).toHaveLength(1);
  return found[0] as ExportedSpan;
}

function attributesOf(span: ExportedSpan): Record<string, unknown> {
  return Object.fromEntries(span.attributes.map(({ key, value }) => [key, value]));
}
