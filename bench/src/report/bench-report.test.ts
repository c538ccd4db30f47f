import { expect, test } from "vitest";
import { benchReport } from "./bench-report.ts";
import { goalResults } from "./goals.ts";
import type { BenchResult } from "./result.ts";

const samples = {
  direct: { requestsPerSecond: [50_000], added10P50Ms: [0] },
  portkey: { requestsPerSecond: [800, 900, 1000], added10P50Ms: [3] },
  mesh: {
    requestsPerSecond: [5400, 5400, 5500],
    added10P50Ms: [2.7],
    "cpu.router": [120],
    "cpu.auth": [60],
    "cpu.load (bench)": [20],
    "memory.router": [150],
    "memory.auth": [100],
  },
};
const result: BenchResult = {
  startedAt: "2026-06-15T12:00:00.000Z",
  machine: {
    cpu: "A processor",
    cores: 2,
    memoryGib: 8,
    kernel: "Linux 6",
    loadBefore: 0.25,
    versions: { node: "v24.1.0" },
    commit: "abc1234",
  },
  parameters: {
    targets: ["direct", "portkey", "mesh"],
    only: ["throughput", "latency"],
    rounds: 3,
    seconds: 8,
    model: "m",
    replicas: undefined,
  },
  samples,
  residentBytesAtRest: { mesh: { router: 140 * 2 ** 20, auth: 90 * 2 ** 20 } },
  goals: goalResults(samples),
};
const report = benchReport(result);

test.each([
  ["| Requests/s, 64 connections (/s) | **50,000** | **900** (800–1,000) | **5,400** (5,400–5,500) |"],
  ["| Latency added at 10/s, p50 (ms) | 0 | **3.00** | **2.70** |"],
  ["| mesh / portkey: Requests/s | ≥ 6× | 6.00× | yes |"],
  ["| mesh / portkey: Latency added at 10/s, p50 | ≤ 0.8× | 0.90× | **no** |"],
  ["| mesh: router | 120 | 140 | 150 |"],
  ["| mesh: all of it | 180 | 230 | 250 |"],
  ["| mesh: _load (bench)_ | 20 | – | – |"],
  ["A processor, 2 cores, 8 GiB, Linux 6; load before the start 0.3."],
])("a report has the line %s", (line) => {
  expect(report.split("\n")).toContain(line);
});

test("goals that were not measured are left out", () => {
  expect(report).not.toContain("compact /");
});
