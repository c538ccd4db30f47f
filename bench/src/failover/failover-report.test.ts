import { expect, test } from "vitest";
import { failoverReport } from "./failover-report.ts";
import { failoverKey } from "./run-failover.ts";

test("what each kind of failure adds stands beside the latency of a target that answers", () => {
  const report = failoverReport({
    startedAt: "2026-06-15T12:00:00.000Z",
    machine: { cpu: "c", cores: 2, memoryGib: 8, kernel: "k", loadBefore: 0, versions: {}, commit: "a" },
    rounds: 3,
    requests: 1000,
    samples: {
      healthy: {
        [failoverKey("every request", "p50")]: [4, 5, 6],
        [failoverKey("every request", "p99")]: [9],
      },
      "status-429": {
        [failoverKey("every request", "p50")]: [1.5],
        [failoverKey("every request", "p99")]: [3],
        [failoverKey("left alone", "p50")]: [0.01],
        [failoverKey("left alone", "p99")]: [-0.2],
      },
    },
  });
  expect(report).toContain("takes **5.00** (4.00–6.00) ms at p50 and **9.00** ms at p99");
  expect(report).toContain("| answers 429 | **1.50** | **3.00** | **0.01** | **-0.20** |");
  expect(report).toContain("hangs (`firstToken: 250ms`)");
  expect(report).toContain("1000 of 1000");
});
