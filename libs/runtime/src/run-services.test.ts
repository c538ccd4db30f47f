import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type NatsServer, startNatsServer } from "@sluice/servers/nats-server";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { type ReadyMessage, readyMessageSchema } from "./ready-message.ts";
import { type FixtureProcess, startFixture } from "./testing/fixture-process.ts";

let nats: NatsServer;
let folder: string;
let environment: Record<string, string>;
let fixtures: FixtureProcess[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "sluice-runtime-"));
  const rights = { publish: [">"], subscribe: [">"] };
  nats = await startNatsServer({
    users: [
      { name: "compact", ...rights },
      { name: "ledger", ...rights },
    ],
  });
  environment = {
    NATS_URL: nats.url,
    NATS_NKEY_SEED_FILE: seedFile("compact"),
    NATS_LEDGER_NKEY_SEED_FILE: seedFile("ledger"),
  };
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

function seedFile(user: string): string {
  const file = join(folder, `${user}.seed`);
  writeFileSync(file, `${nats.seeds[user]}\n`, { mode: 0o600 });
  return file;
}

function start(overrides: Record<string, string> = {}): FixtureProcess {
  const fixture = startFixture({ ...environment, ...overrides }, "fixture-services");
  fixtures.push(fixture);
  return fixture;
}

function isReady(message: unknown): message is ReadyMessage {
  return readyMessageSchema.safeParse(message).success;
}

test("a process of several services says where each of them is", async () => {
  const ready = await start().message(isReady);
  expect(ready).toMatchObject({ service: "compact", url: "http://fixture.test" });
  expect(ready.instance).toMatch(/^compact-[a-z0-9]{16}$/);
  expect(ready.services).toEqual([
    { service: "ingress", instance: expect.stringMatching(/^ingress-/), url: "http://fixture.test" },
    { service: "auth", instance: expect.stringMatching(/^auth-/) },
    { service: "router", instance: expect.stringMatching(/^router-/) },
    { service: "ledger", instance: expect.stringMatching(/^ledger-/), url: "http://thread.test" },
  ]);
});

test("the metrics of all are one text, told apart by service and instance, and those of the process are there once", async () => {
  const { metricsUrl, services = [] } = await start().message(isReady);
  const text = await (await fetch(`${metricsUrl}/metrics`)).text();
  for (const { service, instance } of services) {
    expect(text).toContain(
      `sluice_fixture_starts_total{service_name="sluice-${service}",service_instance_id="${instance}"} 1`,
    );
  }
  expect(text.match(/^# TYPE sluice_fixture_starts_total /gm)).toHaveLength(1);
  expect(text.match(/^process_memory_usage_bytes\{/gm)).toHaveLength(1);
  expect((await fetch(`${metricsUrl}/readyz`)).status).toBe(200);
});

test("when it is asked to end, the edge stops first and the thread last", async () => {
  const fixture = start();
  await fixture.message(isReady);
  fixture.child.send({ type: "stop", drainMs: 60_000 });
  expect(await fixture.exit).toEqual({ code: 0, signal: null });
  const lines = await fixture.logged;
  // The thread writes its lines by itself, so their order is told by the clock.
  const stopped = new Map(
    lines.filter(({ msg }) => msg === "fixture stopped").map(({ service, time }) => [service, String(time)]),
  );
  expect([...stopped.keys()].toSorted()).toEqual(["auth", "ingress", "ledger", "router"]);
  const inOrder = [...stopped.values()].toSorted();
  expect([stopped.get("ingress"), stopped.get("ledger")]).toEqual([inOrder[0], inOrder[3]]);
  expect(lines).toContainEqual(
    expect.objectContaining({ service: "compact", msg: "stopped", stopped: true }),
  );
});

test("a thread that ends is started again, and the others go on", async () => {
  const fixture = start();
  const { metricsUrl, services = [] } = await fixture.message(isReady);
  const { instance: first } = services.find(({ service }) => service === "ledger") ?? {};
  fixture.child.send("throw in the thread");
  const instances = async () => {
    const text = await (await fetch(`${metricsUrl}/metrics`)).text();
    return [...text.matchAll(/fixture_starts_total.*instance_id="(\w+-\w+)"/g)].map(([, name]) => name);
  };
  await expect.poll(instances, { timeout: 10_000 }).not.toContain(first);
  await expect.poll(instances, { timeout: 10_000 }).toHaveLength(4);
  expect(await instances()).toEqual(
    expect.arrayContaining(services.slice(0, 3).map(({ instance }) => instance)),
  );
});

test("a thread that does not start keeps the process from starting, with its reason in one line", async () => {
  const fixture = start({ FIXTURE_THREAD: "start fails" });
  expect(await fixture.exit).toEqual({ code: 1, signal: null });
  expect(JSON.parse(await fixture.complaints)).toMatchObject({
    service: "compact",
    msg: "ledger can't start: The database is gone.",
  });
});

test("every variable that is wrong is named, whichever of the services has it", async () => {
  const fixture = start({ FIXTURE_LIMIT: "11", NATS_LEDGER_NKEY_SEED_FILE: join(folder, "none") });
  expect(await fixture.exit).toEqual({ code: 1, signal: null });
  expect((JSON.parse(await fixture.complaints) as { problems: string[] }).problems).toEqual([
    "FIXTURE_LIMIT must be a whole number from 1 to 10",
    "NATS_LEDGER_NKEY_SEED_FILE names a file that can't be read (ENOENT)",
  ]);
});
