import { expect, test } from "vitest";
import { scaleReport } from "./scale-report.ts";

test("the figures of a larger mesh stand beside the first one's, with their ratio", () => {
  const report = scaleReport({
    startedAt: "2026-06-15T12:00:00.000Z",
    machine: { cpu: "c", cores: 2, memoryGib: 8, kernel: "k", loadBefore: 0, versions: {}, commit: "a" },
    rounds: 3,
    seconds: 5,
    meshes: ["few", "many"],
    samples: {
      few: {
        startSeconds: [8],
        requestsPerSecond: [900, 1000, 1100],
        "cpu.auth": [50],
        "memory.auth": [100],
      },
      many: { startSeconds: [12], requestsPerSecond: [950], "cpu.auth": [51], "memory.auth": [150] },
    },
  });
  expect(report).toContain("| Start, until requests are answered (s) | **8.0** | **12.0** | 1.50× |");
  expect(report).toContain("| Requests/s, 64 connections (/s) | **1,000** (900–1,100) | **950** | 0.95× |");
  expect(report).toContain("| CPU µs/request: auth | **50** | **51** | 1.02× |");
  expect(report).toContain("| MiB under load: auth | **100** | **150** | 1.50× |");
});
