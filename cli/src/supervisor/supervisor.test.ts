import { existsSync, globSync, readFileSync, statSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { createSealingKey, publicSealingKey } from "@sluice/sealing/sealing-keys";
import { startNatsServer } from "@sluice/servers/nats-server";
import { isAlive } from "@sluice/servers/process-alive";
import { afterEach, expect, test, vi } from "vitest";
import { sealingFiles } from "../sealing-files.ts";
import { type FakeMesh, runFakeMesh, temporaryDataDir } from "./testing/fake-mesh.ts";

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

function dataDir(): string {
  const folder = temporaryDataDir();
  cleanups.push(folder.remove);
  return folder.path;
}

function start(
  folder: string,
  environment: Record<string, string> = {},
  arguments_: string[] = [],
): FakeMesh {
  const mesh = runFakeMesh(folder, environment, arguments_);
  cleanups.push(async () => {
    mesh.process.kill("SIGTERM");
    await mesh.ended;
  });
  return mesh;
}

function living(pids: readonly number[]): number[] {
  return pids.filter(isAlive);
}

async function waitUntilGone(pids: readonly number[]): Promise<void> {
  await vi.waitFor(() => expect(living(pids)).toEqual([]), { timeout: 10_000 });
}

function pidOf(mesh: FakeMesh, service: string): number {
  const found = mesh.runFile().processes.find((process) => process.service === service);
  if (found === undefined) throw new Error(`No ${service} in run.json.`);
  return found.pid;
}

test("prints where everything is, writes run.json for its owner only, and leaves nothing behind at SIGTERM", async () => {
  const folder = dataDir();
  const mesh = start(folder);
  await mesh.ready();

  const runFile = mesh.runFile();
  expect(statSync(join(folder, "run.json")).mode & 0o777).toBe(0o600);
  expect(runFile.processes.map(({ service }) => service).toSorted()).toEqual([
    "auth",
    "guard",
    "ingress",
    "ledger",
    "nats",
    "redis",
    "router",
    "simulator",
  ]);
  expect(runFile.apiKey).toMatch(/^sk-sluice-/);
  for (const text of [
    runFile.gateway,
    runFile.ledger,
    runFile.apiKey,
    "curl -s ",
    '"stream":true',
    "simulator",
  ]) {
    expect(mesh.printed()).toContain(text);
  }
  expect(mesh.printed()).not.toContain(runFile.adminKey);
  const pids = runFile.processes.map(({ pid }) => pid);
  expect(living(pids)).toEqual(pids);

  mesh.process.kill("SIGTERM");
  expect(await mesh.ended).toBe(0);
  expect(living(pids)).toEqual([]);
  expect(() => statSync(join(folder, "run.json"))).toThrow(/ENOENT/);
});

test("a process that dies is started again, said so, and shown in run.json", async () => {
  const mesh = start(dataDir());
  await mesh.ready();
  const before = mesh.runFile();

  for (const service of ["router", "nats", "redis"]) {
    const pid = pidOf(mesh, service);
    process.kill(pid, "SIGKILL");
    await vi.waitFor(
      () => {
        expect(pidOf(mesh, service)).not.toBe(pid);
        expect(mesh.printed()).toMatch(new RegExp(`${service}-\\w+ \\(process ${pid}\\) ended: .*SIGKILL`));
        expect(mesh.printed()).toContain(`${service} is back`);
      },
      { timeout: 15_000 },
    );
    expect(isAlive(pidOf(mesh, service))).toBe(true);
  }
  const after = mesh.runFile();
  expect({ ...after, processes: [] }).toEqual({ ...before, processes: [] });
});

test("when the supervisor is killed, everything else ends by itself, and a new start waits for that", async () => {
  const folder = dataDir();
  const mesh = start(folder);
  await mesh.ready();
  const before = mesh.runFile();
  mesh.process.kill("SIGKILL");
  await mesh.ended;

  const next = start(folder);
  await next.ready();
  await waitUntilGone(before.processes.map(({ pid }) => pid));
  expect(next.runFile().apiKey).toBe(before.apiKey);
  expect(next.runFile().adminKey).toBe(before.adminKey);
});

test("two meshes run side by side, and not two in one folder", async () => {
  const folder = dataDir();
  const first = start(folder);
  const second = start(dataDir());
  await Promise.all([first.ready(), second.ready()]);

  const third = start(folder);
  expect(await third.ended).toBe(1);
  expect(third.printed()).toMatch(/^sluice: The data folder .* is in use by another mesh: .*\n$/);
  const pids = first.runFile().processes.map(({ pid }) => pid);
  expect(living(pids)).toEqual(pids);
});

test("a taken port is found before anything is started", async () => {
  const server = createServer();
  cleanups.push(() => new Promise((resolve) => server.close(resolve)));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;

  const mesh = start(dataDir(), { SLUICE_GATEWAY_PORT: String(port) });
  expect(await mesh.ended).toBe(1);
  expect(mesh.printed()).toBe(
    `sluice: Port ${port} for the gateway is taken: set SLUICE_GATEWAY_PORT to another port, or end what listens there.\n`,
  );
});

test("a service that does not start ends the rest, with its own words in one line", async () => {
  const folder = dataDir();
  const mesh = start(folder, { FAKE_BEHAVIOURS: "guard=fails" });
  expect(await mesh.ended).toBe(1);
  expect(mesh.printed()).toMatch(
    /sluice: guard did not start \(exit code 1\): guard can't start: the moon is wrong \(.*guard-1\.log\)\.\n$/,
  );
  expect(readFileSync(join(folder, "processes.json"), "utf8")).toBe("[]\n");
});

test("starts as many processes as it is told", async () => {
  const mesh = start(dataDir(), {}, ["--replicas", "router=3,guard=2"]);
  await mesh.ready();
  const services = mesh.runFile().processes.map(({ service }) => service);
  expect(services.filter((service) => service === "router")).toHaveLength(3);
  expect(services.filter((service) => service === "guard")).toHaveLength(2);
  expect(new Set(mesh.runFile().processes.map(({ instance }) => instance)).size).toBe(services.length);
});

test("one process for all services and more processes of some exclude each other", async () => {
  const mesh = start(dataDir(), {}, ["--compact", "--replicas", "router=2"]);
  expect(await mesh.ended).toBe(1);
  expect(mesh.printed()).toBe(
    "sluice: --compact runs all services in one process, and --replicas runs more processes of each: leave one of them out.\n",
  );
});

test("providers' keys reach the router alone, the database the ledger alone, and no simulator is started", async () => {
  const folder = dataDir();
  const mesh = start(folder, { ANTHROPIC_API_KEY: "secret", PGPASSWORD: "secret", MY_OWN_KEY: "secret" });
  await mesh.ready();
  expect(mesh.runFile().processes.map(({ service }) => service)).not.toContain("simulator");
  expect(mesh.printed()).toContain("claude-");

  const variablesOf = (service: string): string[] => {
    const [line = ""] = readFileSync(join(folder, "logs", `${service}-1.log`), "utf8").split("\n");
    return JSON.parse(line).variables;
  };
  const secrets = [
    "ANTHROPIC_API_KEY",
    "PGPASSWORD",
    "MY_OWN_KEY",
    "SLUICE_ADMIN_KEY_SHA256",
    "REDIS_URL",
    "SLUICE_SEALING_KEY_FILE",
    "SLUICE_SEALING_INGRESS_KEY_FILE",
  ];
  const seen = (service: string) => variablesOf(service).filter((name) => secrets.includes(name));
  expect(seen("ingress")).toEqual(["SLUICE_SEALING_INGRESS_KEY_FILE"]);
  expect(seen("auth")).toEqual(["REDIS_URL"]);
  expect(seen("guard")).toEqual([]);
  expect(seen("router")).toEqual(["ANTHROPIC_API_KEY", "MY_OWN_KEY", "REDIS_URL", "SLUICE_SEALING_KEY_FILE"]);
  expect(seen("ledger")).toEqual(["PGPASSWORD", "SLUICE_ADMIN_KEY_SHA256"]);
});

test("the keys that seal secrets are made and kept, for their owner only, and are printed nowhere", async () => {
  const folder = dataDir();
  const files = sealingFiles(folder);
  const keys = [
    files.privateKey,
    files.publicKey,
    files.ingressPrivateKey,
    files.ingressPublicKey,
    files.fingerprintKey,
  ];
  const texts = () => keys.map((file) => readFileSync(file, "utf8").trim());
  const mesh = start(folder);
  await mesh.ready();
  expect(keys.map((file) => statSync(file).mode & 0o777)).toEqual(keys.map(() => 0o600));
  expect(statSync(files.folder).mode & 0o777).toBe(0o700);
  const [privateKey = "", publicKey, ingressKey = "", ingressPublicKey] = texts();
  expect(publicSealingKey(privateKey)).toBe(publicKey);
  expect(publicSealingKey(ingressKey)).toBe(ingressPublicKey);
  mesh.process.kill("SIGTERM");
  await mesh.ended;
  const before = texts();

  const next = start(folder);
  await next.ready();
  expect(texts()).toEqual(before);
  const written = globSync(join(folder, "{logs/*,run.json}")).map((file) => readFileSync(file, "utf8"));
  expect(written.length).toBeGreaterThan(5);
  const everything = [...written, mesh.printed(), next.printed()].join();
  for (const key of [privateKey, ingressKey]) expect(everything).not.toContain(key);
});

test("a key that opens secrets may be kept elsewhere, and is not written down then", async () => {
  const folder = dataDir();
  const files = sealingFiles(folder);
  const privateKey = createSealingKey();
  await start(folder, { SLUICE_SEALING_KEY: privateKey }).ready();
  expect(readFileSync(files.publicKey, "utf8").trim()).toBe(publicSealingKey(privateKey));
  expect(existsSync(files.privateKey)).toBe(false);

  const wrong = start(dataDir(), { SLUICE_SEALING_KEY: "hunter2" });
  expect(await wrong.ended).toBe(1);
  expect(wrong.printed()).toBe(
    "sluice: The environment is not valid: SLUICE_SEALING_KEY must be a private sealing key.\n",
  );
});

test("SIGINT that comes three times at once still drains; a later one ends everything at once", async () => {
  const mesh = start(dataDir(), { FAKE_BEHAVIOURS: "ingress=stays" });
  await mesh.ready();
  const pids = mesh.runFile().processes.map(({ pid }) => pid);
  for (let count = 0; count < 3; count++) mesh.process.kill("SIGINT");
  await vi.waitFor(() => expect(mesh.printed()).toContain("open requests are finished first"), {
    timeout: 10_000,
  });
  expect(living(pids)).toContain(pidOf(mesh, "ingress"));

  // Repeated, because only a signal that comes late enough counts.
  const impatience = setInterval(() => mesh.process.kill("SIGINT"), 100);
  expect(await mesh.ended).toBe(130);
  clearInterval(impatience);
  await waitUntilGone(pids);
});

test("a service that never ends is killed, and all of it is over within 10 s", async () => {
  const mesh = start(dataDir(), { FAKE_BEHAVIOURS: "ingress=stays,router=stays,ledger=stays" });
  await mesh.ready();
  const pids = mesh.runFile().processes.map(({ pid }) => pid);
  mesh.process.kill("SIGTERM");
  const late = AbortSignal.timeout(10_000);
  expect(await mesh.ended).toBe(0);
  expect(late.aborted).toBe(false);
  expect(living(pids)).toEqual([]);
});

test("at the end each kind of process is told how much time it has", async () => {
  const folder = dataDir();
  const mesh = start(folder);
  await mesh.ready();
  mesh.process.kill("SIGTERM");
  await mesh.ended;
  const told = (service: string) =>
    JSON.parse(
      readFileSync(join(folder, "logs", `${service}-1.log`), "utf8")
        .trim()
        .split("\n")
        .at(-1) ?? "",
    );
  for (const service of ["ingress", "auth", "guard", "router", "ledger"]) {
    expect(told(service)).toEqual({ type: "stop", drainMs: expect.any(Number) });
  }
  expect(told("ingress").drainMs).toBeLessThan(10_000);
});

test("the event stream is as large as it is told to be", async () => {
  const folder = dataDir();
  await start(folder, { SLUICE_EVENT_STREAM_BYTES: "32MiB" }).ready();
  const stream = globSync(join(folder, "bus", "**", "SLUICE_EVENTS", "meta.inf"));
  expect(stream.map((file) => JSON.parse(readFileSync(file, "utf8")).max_bytes)).toEqual([32 * 1024 ** 2]);

  const small = start(dataDir(), { SLUICE_EVENT_STREAM_BYTES: "1MiB" });
  expect(await small.ended).toBe(1);
  expect(small.printed()).toBe(
    "sluice: The environment is not valid: SLUICE_EVENT_STREAM_BYTES must be a size of at least 16MiB, as 10GiB or a number of bytes.\n",
  );
});

test.each([
  [
    { SLUICE_STREAM_REPLICAS: "2" },
    "The environment is not valid: SLUICE_STREAM_REPLICAS must be 1, 3 or 5.",
  ],
  [
    { SLUICE_STREAM_REPLICAS: "3" },
    "SLUICE_STREAM_REPLICAS asks for 3 copies of each stream, and the bus that is started here is a single server: set NATS_URL to a cluster.",
  ],
])(
  "copies of the streams that can't be are refused before anything is started: %j",
  async (environment, line) => {
    const mesh = start(dataDir(), environment);
    expect(await mesh.ended).toBe(1);
    expect(mesh.printed()).toBe(`sluice: ${line}\n`);
  },
);

test("copies of the streams that a bus elsewhere can't keep end the start with what is missing", async () => {
  const single = await startNatsServer();
  try {
    const mesh = start(dataDir(), { SLUICE_STREAM_REPLICAS: "3", NATS_URL: single.url });
    expect(await mesh.ended).toBe(1);
    expect(mesh.printed()).toContain(
      "sluice: SLUICE_STREAM_REPLICAS asks for what the bus can't do: 3 copies of each stream need 3 nats-servers of one cluster",
    );
  } finally {
    await single.stop();
  }
});

test("SIGTERM while it starts leaves nothing behind", async () => {
  const folder = dataDir();
  const mesh = start(folder);
  await vi.waitFor(() => expect(mesh.printed()).toContain("Starting the services"), { timeout: 10_000 });
  mesh.process.kill("SIGTERM");
  await mesh.ended;
  expect(mesh.printed()).not.toContain("Sluice is ready");
  expect(readFileSync(join(folder, "processes.json"), "utf8")).toBe("[]\n");
});
