import { createHash, randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Bus } from "@sluice/bus/bus";
import { publishEvent } from "@sluice/bus/events";
import { provisionBus } from "@sluice/bus/provision";
import { startTestBus, type TestBus } from "@sluice/bus/testing/test-bus";
import { noUsage } from "@sluice/contracts/usage";
import type { UsageEvent } from "@sluice/contracts/usage-event";
import type { PostgresServer } from "@sluice/servers/postgres-server";
import { startTestPostgres } from "@sluice/servers/testing/test-servers";
import { createLogger } from "@sluice/telemetry/logger";
import { createMeshMetrics } from "@sluice/telemetry/mesh-metrics";
import { startTracing } from "@sluice/telemetry/tracing";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { configSchema } from "./config.ts";
import { startLedger } from "./service.ts";
import { startCuttableProxy } from "./testing/cuttable-proxy.ts";
import { sampleDispatched, sampleRequestId, sampleSettled, sampleTimeMs } from "./testing/sample-events.ts";
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
});
afterEach(async () => {
  for (const end of cleanUp.reverse()) await end();
  await testBus.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

interface Answer {
  status: number;
  headers: Headers;
  body: Record<string, unknown>;
}

interface TestLedger {
  ask(path: string): Promise<Answer>;
  post(path: string, body?: unknown): Promise<Answer>;
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
    stopped ??= running.stop(4000).then(() => tracing.shutdown());
    return stopped;
  };
  cleanUp.push(stop);
  const answer = async (path: string, order: RequestInit = {}): Promise<Answer> => {
    const response = await fetch(`${running.ready.url}${path}`, {
      ...order,
      headers: { ...order.headers, authorization: `Bearer ${adminKey}` },
    });
    return {
      status: response.status,
      headers: response.headers,
      body: (await response.json()) as Record<string, unknown>,
    };
  };
  return {
    ask: (path) => answer(path),
    post: (path, body) =>
      answer(path, {
        method: "POST",
        ...(body === undefined
          ? {}
          : { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
      }),
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
  const postgres: PostgresServer = await startTestPostgres();
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

test("a call that never settles becomes unsettled by itself, and is put right when it does", async () => {
  const ledger = await start({ SLUICE_LEDGER_GRACE_MS: "0", SLUICE_LEDGER_EXPIRY_INTERVAL_MS: "10" });
  const requestId = sampleRequestId(1);
  const state = async () => {
    const { calls } = (await ledger.ask(`/v1/requests/${requestId}`)).body as {
      calls?: { status: string }[];
    };
    return calls?.[0];
  };
  await publish(sampleDispatched({ deadlineMs: sampleTimeMs + 500 }));
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
  await publish(sampleDispatched({ price: undefined }), sampleSettled({ responseModel: undefined }));
  await expect.poll(() => totals(ledger), wait).toEqual([1, 1000, null]);
  const metrics = await ledger.metrics();
  expect(metrics).toMatch(/^sluice_ledger_unpriced_total\{provider="openai"\} 1$/m);
  expect(metrics).toMatch(/^sluice_ledger_events_total\{type="rejected"\} 1$/m);
  expect(metrics).toMatch(/^sluice_ledger_events_total\{type="settled"\} 1$/m);
  await expect.poll(() => ledger.metrics(), wait).toMatch(/^sluice_ledger_lag 0$/m);
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
  expect((await ledger.ask("/v1/dead-letters")).body).toEqual({ rows: [], next: null });
});

test("dead letters are shown as what they were, by pages and one by one", async () => {
  const ledger = await start();
  const other = await testBus.connect("router");
  await publishEvent(other, "usage", Buffer.from([0xff, 0xfe]), "binary");
  await publishEvent(other, "usage", Buffer.from('{"events":[{"type":"dispatched"}]}'), "json");
  const list = async (query = "") =>
    (await ledger.ask(`/v1/dead-letters${query}`)).body as unknown as Letters;
  await expect.poll(async () => (await list()).rows.length, wait).toBe(2);
  const { rows, next } = await list();
  expect([rows, next]).toMatchObject([
    [
      { encoding: "base64", data: "//4=", reason: "not JSON in UTF-8", subject: "sluice.v1.events.usage" },
      { encoding: "json", data: '{"events":[{"type":"dispatched"}]}', streamSequence: expect.any(Number) },
    ],
    null,
  ]);
  const first = await list("?limit=1");
  const second = await list(`?limit=1&cursor=${first.next}`);
  expect([...first.rows, ...second.rows]).toEqual(rows);
  expect(second.next).toBeNull();
  const [letter] = rows;
  expect((await ledger.ask(`/v1/dead-letters/${letter?.digest}`)).body).toEqual(letter);
  for (const unknown of ["0".repeat(64), "nonsense", "*"]) {
    expect((await ledger.ask(`/v1/dead-letters/${unknown}`)).status).toBe(404);
  }
});

interface Letters {
  rows: { digest: string }[];
  next: string | null;
}

test("while dead letters can't be kept the rest is booked, and none is lost", async () => {
  await testBus.deleteStream("SLUICE_DEAD_LETTERS");
  const ledger = await start();
  const other = await testBus.connect("router");
  await publishEvent(other, "usage", Buffer.from("{ not json"), "poison");
  await publish(sampleDispatched(), sampleSettled());
  await expect.poll(() => totals(ledger), wait).toEqual([1, 1000, "0.00026"]);
  await expect.poll(() => ledger.metrics(), wait).toMatch(/^sluice_ledger_dead_letter_failures_total [1-9]/m);
  expect((await ledger.ask("/v1/dead-letters")).status).toBe(503);
  await provisionBus(testBus.credentials("operator"));
  const letters = async () => ((await ledger.ask("/v1/dead-letters")).body as unknown as Letters).rows;
  await expect.poll(letters, wait).toMatchObject([{ reason: "not JSON in UTF-8" }]);
});

test.each([-3_600_000, 3_600_000])(
  "a ledger whose clock is off by %i ms gives a call up when its time is over, and not before",
  async (offMs) => {
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + offMs });
    try {
      const ledger = await start({ SLUICE_LEDGER_GRACE_MS: "0", SLUICE_LEDGER_EXPIRY_INTERVAL_MS: "10" });
      const allowedMs = 4000;
      const publishedMs = performance.now();
      await publish(sampleDispatched({ deadlineMs: sampleTimeMs + allowedMs }));
      const status = async () => {
        const { calls } = (await ledger.ask(`/v1/requests/${sampleRequestId(1)}`)).body as {
          calls?: { status: string }[];
        };
        return calls?.[0]?.status;
      };
      await expect.poll(status, wait).toBe("open");
      await expect.poll(status, wait).toBe("unsettled");
      expect(performance.now() - publishedMs).toBeGreaterThanOrEqual(allowedMs);
    } finally {
      vi.useRealTimers();
    }
  },
);

test("a statement corrects what was given up, and a rebuild has the correction too", async () => {
  const ledger = await start({ SLUICE_LEDGER_GRACE_MS: "0", SLUICE_LEDGER_EXPIRY_INTERVAL_MS: "10" });
  await publish(sampleDispatched({ deadlineMs: sampleTimeMs + 100 }));
  const call = async () => {
    const { rows } = (await ledger.ask("/v1/requests")).body as { rows: Record<string, unknown>[] };
    return rows[0];
  };
  await expect.poll(call, wait).toMatchObject({ status: "unsettled" });
  const row = { clientRequestId: `${sampleRequestId(1)}.1.1`, inputTokens: 900, outputTokens: 60 };
  const statement = { statement: "June 2026", provider: "openai", rows: [row] };
  expect(await ledger.post("/v1/reconciliations", statement)).toMatchObject({
    status: 200,
    body: { matched: 1, corrected: 1, unknown: 0 },
  });
  const corrected = {
    status: "settled",
    usageSource: "statement",
    statement: "June 2026",
    inputTokens: 900,
    costUsd: "0.000345",
  };
  await expect.poll(call, wait).toMatchObject(corrected);
  expect(await ledger.ask("/v1/requests?status=reconciled")).toMatchObject({ body: { rows: [corrected] } });
  expect(await ledger.post("/v1/reconciliations", statement)).toMatchObject({
    body: { equal: 1, corrected: 0 },
  });

  const booked = await call();
  expect(await ledger.ask("/v1/rebuild")).toMatchObject({ body: { running: false, startedAt: null } });
  expect(await ledger.post("/v1/rebuild")).toMatchObject({ status: 202, body: { error: null } });
  await expect
    .poll(async () => (await ledger.ask("/v1/rebuild")).body, wait)
    .toMatchObject({ running: false, result: "rebuilt", eventsDone: 2, eventsTotal: 2 });
  expect(await call()).toEqual(booked);
});

test("a statement that makes no sense is refused with all that is wrong with it", async () => {
  const ledger = await start();
  const refused = await ledger.post("/v1/reconciliations", {
    provider: "openai",
    overwite: true,
    rows: [{ inputTokens: 1 }, { clientRequestId: "a", inputTokens: 1, outputTokens: 1, more: "ignored" }],
  });
  expect([refused.status, refused.body]).toMatchObject([
    400,
    {
      error: {
        code: "invalid_request",
        problems: [
          { parameter: "statement" },
          { parameter: "rows.0.outputTokens" },
          { parameter: "overwite", message: "is not a field of this body" },
        ],
      },
    },
  ]);
  expect((await ledger.post("/v1/rebuild", { now: true })).status).toBe(202);
});

test("a rebuild that runs already is refused, and one that can't go on says why", async () => {
  const other = await testBus.connect("router");
  const ledger = await start();
  await publishEvent(other, "usage", Buffer.from("{ not json"), "poison");
  await expect
    .poll(async () => ((await ledger.ask("/v1/dead-letters")).body as unknown as Letters).rows.length, wait)
    .toBe(1);
  await testBus.deleteStream("SLUICE_DEAD_LETTERS");
  const answers = await Promise.all([ledger.post("/v1/rebuild"), ledger.post("/v1/rebuild")]);
  expect(answers.sort((a, b) => a.status - b.status)).toMatchObject([
    { status: 202 },
    { status: 409, body: { error: { code: "already_running", message: "A rebuild runs already." } } },
  ]);
  await expect
    .poll(async () => (await ledger.ask("/v1/rebuild")).body, wait)
    .toMatchObject({ running: false, result: "failed", error: "Dead letters could not be kept." });
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
