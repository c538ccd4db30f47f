import { expect, test } from "vitest";
import { strategiesReport } from "./strategies-report.ts";

test("each strategy stands beside the weights, with its ratio to them", () => {
  const report = strategiesReport({
    startedAt: "2026-06-15T12:00:00.000Z",
    machine: { cpu: "c", cores: 2, memoryGib: 8, kernel: "k", loadBefore: 0, versions: {}, commit: "a" },
    rounds: 3,
    seconds: 5,
    samples: {
      weighted: { firstTokenP99Ms: [500, 510, 520], slowPercent: [33] },
      "least-latency": { firstTokenP99Ms: [100, 102, 104], slowPercent: [3.3] },
      "least-busy": { firstTokenP99Ms: [255], slowPercent: [11] },
    },
  });
  expect(report).toContain(
    "| First token, p99 (ms) | **510.0** (500.0–520.0) | **102.0** (100.0–104.0) | **255.0** | 0.20× | 0.50× |",
  );
  expect(report).toContain(
    "| Requests that went to the slow instance (%) | **33.00** | **3.30** | **11.00** | 0.10× | 0.33× |",
  );
});
