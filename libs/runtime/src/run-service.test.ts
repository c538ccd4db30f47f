import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { json } from "node:stream/consumers";
import { instanceSchema } from "@sluice/contracts/service-name";
import type { NatsServer } from "@sluice/servers/nats-server";
import { startTestNatsServer } from "@sluice/servers/testing/test-servers";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { type ReadyMessage, readyMessageSchema } from "./ready-message.ts";
import { type FixtureProcess, startFixture } from "./testing/fixture-process.ts";

let nats: NatsServer;
let folder: string;
let environment: Record<string, string>;
let fixtures: FixtureProcess[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "sluice-runtime-"));
  nats = await startTestNatsServer({ users: [{ name: "guard", publish: [">"], subscribe: [">"] }] });
  const seedFile = join(folder, "guard.seed");
  writeFileSync(seedFile, `${nats.seeds.guard}\n`, { mode: 0o600 });
  environment = { NATS_URL: nats.url, NATS_NKEY_SEED_FILE: seedFile, FIXTURE_BEHAVIOUR: "plain" };
});

afterEach(async () => {
  for (const { child } of fixtures) child.kill("SIGKILL");
  await Promise.all(fixtures.map(({ exit }) => exit));
  fixtures = [];
});

afterAll(async () => {
  await nats.stop();
  rmSync(folder, { recursive: true });
});

test("a service that has started says where it is", async () => {
  const { ready } = await startReady({});
  expect(ready).toMatchObject({ type: "ready", service: "guard", url: "http://fixture.test" });
  expect(ready.instance).toMatch(/^guard-[a-z0-9]{16}$/);
  expect(instanceSchema.safeParse(ready.instance).success).toBe(true);
  expect(ready.metricsUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
});

test("metrics, health and readiness are served", async () => {
  const { fixture, ready } = await startReady({});
  const metrics = await fetch(`${ready.metricsUrl}/metrics`);
  expect(metrics.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
  const text = await metrics.text();
  expect(text).toContain(`service_instance_id="${ready.instance}",service_version="`);
  expect(text).toMatch(/^sluice_fixture_starts_total 1$/m);
  expect(await ask(`${ready.metricsUrl}/healthz`)).toEqual({ status: 200, body: { status: "alive" } });
  expect(await ask(`${ready.metricsUrl}/readyz`)).toEqual({ status: 200, body: { status: "ready" } });

  fixture.child.send("be unready");
  await fixture.message(isText("done: be unready"));
  const unready = { status: 503, body: { status: "not ready", missing: ["fixture"] } };
  expect(await ask(`${ready.metricsUrl}/readyz`)).toEqual(unready);
});

test("at SIGTERM open work is finished while the bus is there, and the process says that it is not ready", async () => {
  const { fixture, ready } = await startReady({ FIXTURE_BEHAVIOUR: "stops when told" });
  fixture.child.kill("SIGTERM");
  await fixture.message(isText("stopping"));
  const stopping = { status: 503, body: { status: "not ready", missing: ["stopping"] } };
  expect(await ask(`${ready.metricsUrl}/readyz`)).toEqual(stopping);
  fixture.child.send("finish");
  expect(await fixture.exit).toEqual({ code: 0, signal: null });
  const lines = await fixture.logged;
  expect(lines).toContainEqual(expect.objectContaining({ msg: "open work finished", connected: true }));
  expect(lines.at(-1)).toMatchObject({ msg: "stopped", stopped: true, drained: true });
});

test("open work has the time of the environment at a signal, and that of the supervisor when it says one", async () => {
  const { fixture } = await startReady({ SLUICE_DRAIN_MS: "1234" });
  fixture.child.kill("SIGTERM");
  expect(await fixture.message(isDrain)).toEqual({ drainMs: 1234 });

  const { fixture: told } = await startReady({ SLUICE_DRAIN_MS: "1234" });
  told.child.send({ type: "stop", drainMs: 60_000 });
  expect(await told.message(isDrain)).toEqual({ drainMs: 60_000 });
});

test("a later request shortens the time of open work, and never lengthens it", async () => {
  const { fixture } = await startReady({ FIXTURE_BEHAVIOUR: "stops when told" });
  fixture.child.send({ type: "stop", drainMs: 600_000 });
  await fixture.message(isText("stopping"));
  fixture.child.send({ type: "stop", drainMs: 700_000 });
  fixture.child.send({ type: "stop", drainMs: 20_000 });
  await fixture.message(isDrainOf(20_000));
  // The first signal is no second one: the process was asked by message until now.
  fixture.child.kill("SIGTERM");
  fixture.child.send("still there?");
  await fixture.message(isText("done: still there?"));
  fixture.child.send("finish");
  expect(await fixture.exit).toEqual({ code: 0, signal: null });
  const drains = (await fixture.logged).filter(({ msg }) => msg === "stopping");
  expect(drains.map(({ drainMs }) => drainMs)).toEqual([600_000, 20_000]);
});

test("a process whose supervisor is gone ends by itself, and soon", async () => {
  const { fixture } = await startReady({});
  fixture.child.disconnect();
  expect(await fixture.exit).toEqual({ code: 0, signal: null });
  expect(await fixture.logged).toContainEqual(
    expect.objectContaining({ reason: "supervisor gone", drainMs: 4000 }),
  );
});

test("under a supervisor Ctrl-C is left to the supervisor", async () => {
  const { fixture } = await startReady({});
  fixture.child.kill("SIGINT");
  fixture.child.send("still there?");
  await fixture.message(isText("done: still there?"));
  fixture.child.kill("SIGTERM");
  expect(await fixture.exit).toEqual({ code: 0, signal: null });
});

test("a second signal ends the process at once", async () => {
  const { fixture } = await startReady({ FIXTURE_BEHAVIOUR: "never stops" });
  fixture.child.kill("SIGTERM");
  await fixture.message(isText("stopping"));
  fixture.child.kill("SIGTERM");
  expect(await fixture.exit).toEqual({ code: 1, signal: null });
  expect(await fixture.logged).toContainEqual(
    expect.objectContaining({
      level: "error",
      msg: expect.stringContaining("given up"),
    }),
  );
});

test("a service that does not stop in time is ended with an error", async () => {
  const { fixture } = await startReady({ FIXTURE_BEHAVIOUR: "never stops", SLUICE_DRAIN_MS: "100" });
  fixture.child.kill("SIGTERM");
  expect(await fixture.exit).toEqual({ code: 1, signal: null });
  expect(await fixture.logged).toContainEqual(expect.objectContaining({ msg: "open work was not finished" }));
});

test.each([
  ["throw", "uncaughtException", "thrown in a callback"],
  ["reject", "unhandledRejection", "rejected and not awaited"],
])("an error that nobody handles (%s) is logged and ends the process", async (order, origin, message) => {
  const { fixture } = await startReady({});
  fixture.child.send(order);
  expect(await fixture.exit).toEqual({ code: 1, signal: null });
  // Not the last line in the file for certain: it is written at once, past a line that is still on its way.
  expect(await fixture.logged).toContainEqual(
    expect.objectContaining({ level: "fatal", origin, err: expect.objectContaining({ message }) }),
  );
});

test("a start that fails says why in one line on standard error", async () => {
  const fixture = start({ FIXTURE_BEHAVIOUR: "start fails" });
  expect(await fixture.exit).toEqual({ code: 1, signal: null });
  const complaints = (await fixture.complaints).trim().split("\n");
  expect(complaints).toHaveLength(1);
  expect(JSON.parse(complaints[0] ?? "")).toMatchObject({
    level: "fatal",
    service: "guard",
    msg: "guard can't start: The model has no backend.",
    err: { code: "internal" },
  });
});

test("every variable that is wrong is named in that line, and no secret is shown", async () => {
  const fixture = start({
    NATS_NKEY_SEED_FILE: join(folder, "none"),
    SLUICE_METRICS_PORT: "70000",
    LOG_LEVEL: "SUAM-loud",
    FIXTURE_BEHAVIOUR: "",
    FIXTURE_LIMIT: "SUAM-11",
  });
  expect(await fixture.exit).toEqual({ code: 1, signal: null });
  const complaint = await fixture.complaints;
  expect((JSON.parse(complaint) as { problems: string[] }).problems).toEqual([
    "NATS_NKEY_SEED_FILE names a file that can't be read (ENOENT)",
    "SLUICE_METRICS_PORT must be a port number from 0 to 65535",
    expect.stringMatching(/^LOG_LEVEL must be one of fatal, /),
    "FIXTURE_BEHAVIOUR is not set; it must be one of plain, start fails, start hangs, stops when told, never stops",
    "FIXTURE_LIMIT must be a whole number from 1 to 10",
  ]);
  expect(complaint).not.toContain("SUAM");
});

test("a bus that is not there keeps a service from starting", async () => {
  const fixture = start({ NATS_URL: "nats://127.0.0.1:1" });
  expect(await fixture.exit).toEqual({ code: 1, signal: null });
  expect(JSON.parse(await fixture.complaints)).toMatchObject({
    msg: "guard can't start: No connection to NATS at 127.0.0.1:1.",
    err: { code: "bus_unavailable" },
  });
});

test("a start that is still under way can be ended", async () => {
  const fixture = start({ FIXTURE_BEHAVIOUR: "start hangs" });
  await fixture.message(isText("starting"));
  fixture.child.kill("SIGTERM");
  expect(await fixture.exit).toEqual({ code: 0, signal: null });
  expect(await fixture.complaints).toBe("");
});

test("spans are sent before the process ends", async () => {
  const bodies: unknown[] = [];
  const collector = createServer((request, response) => {
    void json(request).then((body) => {
      bodies.push(body);
      response.end("{}");
    });
  });
  collector.listen(0, "127.0.0.1");
  await once(collector, "listening");
  const { port } = collector.address() as AddressInfo;
  const { fixture } = await startReady({
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
    OTEL_TRACES_SAMPLER_ARG: "1",
  });
  fixture.child.send("trace");
  await fixture.message(isText("done: trace"));
  fixture.child.kill("SIGTERM");
  expect(await fixture.exit).toEqual({ code: 0, signal: null });
  collector.close();
  expect(JSON.stringify(bodies)).toMatch(/"sluice-guard".*"name":"fixture"/);
});

function start(overrides: Record<string, string>): FixtureProcess {
  const fixture = startFixture({ ...environment, ...overrides });
  fixtures.push(fixture);
  return fixture;
}

async function startReady(
  overrides: Record<string, string>,
): Promise<{ fixture: FixtureProcess; ready: ReadyMessage }> {
  const fixture = start(overrides);
  return { fixture, ready: await fixture.message(isReady) };
}

function isReady(message: unknown): message is ReadyMessage {
  return readyMessageSchema.safeParse(message).success;
}

function isDrain(message: unknown): message is { drainMs: number } {
  return typeof message === "object" && message !== null && "drainMs" in message;
}

function isDrainOf(drainMs: number): (message: unknown) => message is { drainMs: number } {
  return (message): message is { drainMs: number } => isDrain(message) && message.drainMs === drainMs;
}

function isText<Text extends string>(text: Text): (message: unknown) => message is Text {
  return (message): message is Text => message === text;
}

async function ask(url: string): Promise<{ status: number; body: unknown }> {
  const response = await fetch(url);
  return { status: response.status, body: await response.json() };
}
