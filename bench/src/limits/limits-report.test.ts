import { expect, test } from "vitest";
import { limitsReport } from "./limits-report.ts";

test("what a case adds is the median of its differences in each round", () => {
  const report = limitsReport({
    startedAt: "2026-06-15T12:00:00.000Z",
    machine: { cpu: "c", cores: 2, memoryGib: 8, kernel: "k", loadBefore: 0, versions: {}, commit: "a" },
    rounds: 3,
    seconds: 5,
    cases: ["nothing", "limit"],
    samples: {
      nothing: { p50Ms: [2, 4, 3], requestsPerSecond: [1000, 900, 1100], "cpu.auth": [50, 50, 50] },
      limit: { p50Ms: [2.5, 4.2, 3.3], requestsPerSecond: [950, 855, 1100], "cpu.auth": [80, 90, 70] },
    },
  });
  expect(report).toContain("| Latency at 100/s, p50 (ms) | **3.00** (2.00–4.00) | **3.30** (2.50–4.20) |");
  expect(report).toContain("| Latency at 100/s, p50 (ms) | **0.30** (0.20–0.50) |");
  expect(report).toContain("| Requests/s, ratio | 0.95× |");
  expect(report).toContain("| CPU µs/request: auth | **30** (20–40) |");
});
