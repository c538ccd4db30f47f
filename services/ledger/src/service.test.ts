import { createHash, randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Bus } from "@sluice/bus/bus";
import { publishEvent } from "@sluice/bus/events";
import { startTestBus, type TestBus } from "@sluice/bus/testing/test-bus";
import { noUsage } from "@sluice/contracts/usage";
import type { UsageEvent } from "@sluice/contracts/usage-event";
import { compileSnapshot } from "@sluice/resources/compile-snapshot";
import { publishSnapshot } from "@sluice/resources/publish-snapshot";
import { parseConfiguration } from "@sluice/resources/read-configuration";
import { type PostgresServer, startPostgres } from "@sluice/servers/postgres-server";
import { createLogger } from "@sluice/telemetry/logger";
import { createMeshMetrics } from "@sluice/telemetry/mesh-metrics";
import { startTracing } from "@sluice/telemetry/tracing";
import { afterEach, beforeEach, expect, test } from "vitest";
import { configSchema } from "./config.ts";
import { startLedger } from "./service.ts";
import { startCuttableProxy } from "./testing/cuttable-proxy.ts";
import { sampleDispatched, sampleRequestId, sampleSettled } from "./testing/sample-events.ts";
import { startTraceCollector } from "./testing/trace-collector.ts";

const adminKey = "sk-admin-0123456789";
const wait = { timeout: 20_000 };

let testBus: TestBus;
/** Who publishes the events; connected when it is needed. */
let router: Bus | undefined;
let dataDir: string;
/** What a test has started, ended last come first gone. */
let cleanUp: (() => Promise<unknown>)[];

beforeEach(async () => {
  testBus = await startTestBus();
  router = undefined;
  dataDir = mkdtempSync(join(tmpdir(), "sluice-ledger-"));
  cleanUp = [];
  await publishPrices("");
});
afterEach(async () => {
  for (const end of cleanUp.reverse()) await end();
  await testBus.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

/** Makes a configuration with these prices the current one; each call is a revision more. */
async function publishPrices(prices: string): Promise<void> {
  const yaml = `
backends: { main: { provider: openai } }
models: [{ name: fast, backend: main }]
${prices}
`;
  const operator = await testBus.connectOperator();
  await publishSnapshot(operator, compileSnapshot(parseConfiguration(yaml, "sluice.yaml"), "/"));
}

interface TestLedger {
  ask(path: string): Promise<{ status: number; headers: Headers; body: Record<string, unknown> }>;
  metrics(): Promise<string>;
  stop(): Promise<void>;
}

async function start(environment: Record<string, string> = {}, otlpEndpoint?: string): Promise<TestLedger> {
  const config = configSchema.parse({
    SLUICE_LEDGER_PORT: "0",
    SLUICE_DATA_DIR: dataDir,
    SLUICE_ADMIN_KEY_SHA256: createHash("sha256").update(adminKey).digest("hex"),
    ...environment,
  });
  const bus = await testBus.connect("ledger");
  const instance = bus.party.instance;
  const logger = createLogger({ service: "ledger", instance, level: "silent" });
  const metrics = createMeshMetrics({ service: "ledger", instance });
  const tracing = await startTracing({ service: "ledger", instance, otlpEndpoint, sampleRatio: 1 });
  const { signal } = new AbortController();
  const running = await startLedger({ config, instance, bus, logger, tracing, metrics, signal });
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    stopped ??= running.stop().then(() => tracing.shutdown());
    return stopped;
  };
  cleanUp.push(stop);
  return {
    ask: async (path) => {
      const headers = { authorization: `Bearer ${adminKey}` };
      const response = await fetch(`${running.ready.url}${path}`, { headers });
      return {
        status: response.status,
        headers: response.headers,
        body: (await response.json()) as Record<string, unknown>,
      };
    },
    metrics: () => metrics.render(),
    stop,
  };
}

async function publish(...events: UsageEvent[]): Promise<void> {
  router ??= await testBus.connect("router");
  await publishEvent(router, "usage", Buffer.from(JSON.stringify({ events })), randomUUID());
}

async function totals(ledger: TestLedger): Promise<unknown> {
  const { rows } = (await ledger.ask("/v1/spend")).body as { rows: Record<string, unknown>[] };
  return [rows[0]?.requests, rows[0]?.inputTokens, rows[0]?.costUsd];
}

async function startPostgresBehindProxy() {
  const postgres: PostgresServer = await startPostgres();
  cleanUp.push(() => postgres.stop());
  const url = new URL(postgres.url);
  const proxy = await startCuttableProxy(Number(url.port));
  cleanUp.push(() => proxy.close());
  url.port = String(proxy.port);
  return { proxy, url: url.href };
}

test("events from before the start and from after it are booked, and stay over a restart", async () => {
  await publish(sampleDispatched());
  const first = await start();
  await publish(sampleSettled());
  await expect.poll(() => totals(first), wait).toEqual([1, 1000, "0.00026"]);
  await first.stop();
  await publish(
    sampleDispatched({ requestId: sampleRequestId(2) }),
    sampleSettled({ requestId: sampleRequestId(2) }),
  );
  const second = await start();
  await expect.poll(() => totals(second), wait).toEqual([2, 2000, "0.00052"]);
});

test("a call is priced by the configuration's prices of its own revision", async () => {
  const ledger = await start();
  await publishPrices('prices: [{ model: "gpt-5*", usdPerMillionTokens: { input: 1, output: 1 } }]');
  await publish(
    sampleDispatched({ revision: 1 }),
    sampleSettled(),
    sampleDispatched({ requestId: sampleRequestId(2), revision: 2 }),
    sampleSettled({ requestId: sampleRequestId(2) }),
    sampleDispatched({ requestId: sampleRequestId(3), revision: 900 }),
    sampleSettled({ requestId: sampleRequestId(3) }),
  );
  const costs = async () => {
    const { rows } = (await ledger.ask("/v1/requests")).body as { rows: { costUsd: string | null }[] };
    return rows.map(({ costUsd }) => costUsd);
  };
  // Newest first: a revision that nobody has is priced by the current one.
  await expect.poll(costs, wait).toEqual(["0.00105", "0.00105", "0.00026"]);
});

test("a call that never settles becomes unsettled by itself, and is put right when it does", async () => {
  const ledger = await start({ SLUICE_LEDGER_GRACE_MS: "0", SLUICE_LEDGER_EXPIRY_INTERVAL_MS: "10" });
  const requestId = sampleRequestId(1);
  const state = async () => {
    const { calls } = (await ledger.ask(`/v1/requests/${requestId}`)).body as {
      calls?: { status: string }[];
    };
    return calls?.[0];
  };
  await publish(sampleDispatched());
  await expect
    .poll(state, wait)
    .toMatchObject({ status: "unsettled", usageSource: "estimated", inputTokens: 100 });
  expect(await ledger.metrics()).toMatch(/^sluice_ledger_unsettled_total 1$/m);
  await publish(sampleSettled());
  await expect.poll(state, wait).toMatchObject({ status: "settled", costUsd: "0.00026", inputTokens: 1000 });
});

test("poison on the stream is set aside, and an unknown price shows as a metric", async () => {
  const ledger = await start();
  const other = await testBus.connect("router");
  await publishEvent(other, "usage", Buffer.from("{ not json"), "poison");
  await publish(
    sampleDispatched({ providerModel: "no-such-model" }),
    sampleSettled({ responseModel: undefined }),
  );
  await expect.poll(() => totals(ledger), wait).toEqual([1, 1000, null]);
  const metrics = await ledger.metrics();
  expect(metrics).toMatch(/^sluice_ledger_unpriced_total\{provider="openai"\} 1$/m);
  expect(metrics).toMatch(/^sluice_ledger_events_total\{type="rejected"\} 1$/m);
  expect(metrics).toMatch(/^sluice_ledger_events_total\{type="settled"\} 1$/m);
  expect(metrics).toMatch(/^sluice_ledger_lag 0$/m);
});

test("a settlement shows in the trace of its request, once, with its cost and without any text", async () => {
  const collector = await startTraceCollector();
  cleanUp.push(() => collector.close());
  const ledger = await start({}, collector.url);
  const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  const notSampled = "00-1af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00";
  await publish(sampleDispatched({ traceparent }), sampleSettled({ traceparent }));
  await publish(
    sampleDispatched({ requestId: sampleRequestId(2), traceparent: notSampled }),
    sampleSettled({ requestId: sampleRequestId(2), traceparent: notSampled }),
  );
  await publish(sampleSettled({ traceparent }));
  await expect.poll(() => totals(ledger), wait).toEqual([2, 2000, "0.00052"]);
  await ledger.stop();
  expect(collector.spans).toMatchObject([
    {
      name: "process usage",
      kind: 5,
      traceId: "0af7651916cd43dd8448eb211c80319c",
      parentSpanId: "b7ad6b7169203331",
      attributes: {
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "gpt-5-mini",
        "gen_ai.usage.input_tokens": 1000,
        "gen_ai.usage.output_tokens": 50,
        "sluice.request.id": sampleRequestId(1),
        "sluice.cost.nano_usd": 260_000,
      },
    },
  ]);
});

test("the bus going away and coming back loses nothing", async () => {
  const ledger = await start();
  await publish(sampleDispatched());
  await testBus.restartServer();
  await publish(sampleSettled());
  await expect.poll(() => totals(ledger), wait).toEqual([1, 1000, "0.00026"]);
});

test("while Postgres is away the API says so, events wait, and all of it mends by itself", async () => {
  const { proxy, url } = await startPostgresBehindProxy();
  const ledger = await start({ DATABASE_URL: url });
  await publish(sampleDispatched());
  await expect.poll(() => totals(ledger), wait).toEqual([1, 0, null]);

  proxy.cut();
  await publish(sampleSettled());
  const away = await ledger.ask("/v1/spend");
  expect([away.status, away.headers.get("retry-after")]).toEqual([503, "5"]);
  expect(away.body).toEqual({
    error: { code: "ledger_unavailable", message: "The ledger's database can't be reached." },
  });
  await expect.poll(async () => (await ledger.ask("/readyz")).status, wait).toBe(503);

  proxy.mend();
  await expect.poll(() => totals(ledger), wait).toEqual([1, 1000, "0.00026"]);
  await expect.poll(async () => (await ledger.ask("/readyz")).status, wait).toBe(200);
});

test("a Postgres that comes later than the ledger is waited for", async () => {
  const { proxy, url } = await startPostgresBehindProxy();
  proxy.cut();
  const starting = start({ DATABASE_URL: url });
  await publish(sampleDispatched(), sampleSettled());
  proxy.mend();
  const ledger = await starting;
  await expect.poll(() => totals(ledger), wait).toEqual([1, 1000, "0.00026"]);
});

test("several replicas on one Postgres share the work and lose nothing", async () => {
  const { url } = await startPostgresBehindProxy();
  const [one, two] = await Promise.all([start({ DATABASE_URL: url }), start({ DATABASE_URL: url })]);
  const numbers = Array.from({ length: 200 }, (_, index) => index);
  const usage = { ...noUsage, inputTokens: 10 };
  for (const number of numbers) {
    const call = { requestId: sampleRequestId(number) };
    await publish(sampleDispatched(call));
    if (number % 2 === 0) await publish(sampleSettled({ ...call, usage }));
  }
  for (const number of numbers) {
    if (number % 2 === 1) await publish(sampleSettled({ requestId: sampleRequestId(number), usage }));
  }
  await expect.poll(() => totals(one), wait).toEqual([200, 2000, "0.0005"]);
  expect(await totals(two)).toEqual([200, 2000, "0.0005"]);
});
