import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type BenchOptions, benchCommand } from "./bench-options.ts";
import { runBench } from "./run-bench.ts";

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sluice-bench-test-"));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

/** Runs the bench with arguments, split at spaces, and gives what it told. */
async function bench(commandArguments: string, signal = new AbortController().signal): Promise<string> {
  const told: string[] = [];
  const run = (options: BenchOptions) => runBench(options, { signal, tell: (line) => told.push(line) });
  await benchCommand(run).parseAsync([...commandArguments.split(" "), "--out", folder], { from: "user" });
  return told.join("\n");
}

/** For tests that start a whole mesh. */
const meshTimeoutMs = 90_000;
const small = "--rounds 1 --seconds 0.2";

test("a run writes what it measured, as a table and as JSON", async () => {
  const told = await bench(`--targets proxy --only throughput,latency,first-token --name small ${small}`);
  const files = (await readdir(folder)).filter((name) => name.includes("small"));
  expect(files.map((name) => name.replace(/^\d{4}-\d\d-\d\d/, ""))).toEqual(["-small.json", "-small.md"]);
  const [json, markdown] = await Promise.all(files.map((name) => readFile(join(folder, name), "utf8")));
  const { samples, parameters } = JSON.parse(json ?? "");
  expect(parameters.targets).toEqual(["direct", "proxy"]);
  expect(samples.proxy.requestsPerSecond[0]).toBeGreaterThan(0);
  expect(samples.proxy.loadedP50Ms[0]).toBeGreaterThan(0);
  expect(samples.proxy.firstTokenP50Ms[0]).toBeGreaterThan(0);
  expect(samples.proxy["cpu.proxy"]).toHaveLength(1);
  expect(markdown).toContain("| Requests/s, 64 connections (/s) |");
  expect(told).toContain(markdown);
});

test(
  "the mesh is measured with everything on, and its ledger has every call",
  async () => {
    const told = await bench(`--targets mesh --only throughput --name mesh ${small}`);
    expect(told).toMatch(/mesh: (\d+) requests answered, \1 calls booked and priced/);
    expect(told).toMatch(/\| mesh: router \| [\d,]+ \|/);
  },
  meshTimeoutMs,
);

test(
  "a service of a running mesh is profiled",
  async () => {
    const told = await bench(`--profile auth --name profiled --seconds 0.5`);
    const files = (await readdir(folder)).filter((name) => name.includes("profiled"));
    expect(files.map((name) => name.replace(/^\d{4}-\d\d-\d\d/, "")).sort()).toEqual([
      "-profiled-throughput-auth.cpuprofile",
      "-profiled-throughput-auth.svg",
    ]);
    expect(told).toMatch(/auth \(\d+\): at work \d+% of the time/);
  },
  meshTimeoutMs,
);

test("a gateway that fails requests is not measured", async () => {
  const server = createServer((incoming, outgoing) => {
    incoming.resume().once("end", () => outgoing.writeHead(503).end("{}"));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  const run = bench(`--targets direct --peer broken=http://127.0.0.1:${port}/v1 --only throughput ${small}`);
  await expect(run).rejects.toThrow(
    /^broken failed requests, so its figures are worth nothing: \d+× status 503\.$/,
  );
  server.close();
});

test("an unknown service is refused with those that there are", async () => {
  await expect(bench("--profile proxy,router --seconds 0.2")).rejects.toThrow(
    "--profile router: proxy has no such service. It has: proxy.",
  );
});

test("an interruption ends the run", async () => {
  const interruption = new AbortController();
  interruption.abort();
  await expect(bench(`--targets proxy --seconds 60`, interruption.signal)).rejects.toThrow("Interrupted.");
});
