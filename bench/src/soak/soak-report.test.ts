import { expect, test } from "vitest";
import { growth, soakReport } from "./soak-report.ts";

const mib = 2 ** 20;

test("growth is told as a share of what was", () => {
  expect(growth(100, 110)).toBeCloseTo(0.1);
  expect(growth(undefined, 110)).toBeNaN();
});

test("growth beyond a tenth stands out", () => {
  const report = soakReport({
    startedAt: "2026-06-15T12:00:00.000Z",
    machine: { cpu: "c", cores: 2, memoryGib: 8, kernel: "k", loadBefore: 0, versions: {}, commit: "a" },
    requests: 1000,
    soaks: [
      {
        target: "mesh",
        warmUpRequests: 200,
        samples: [
          { requests: 500, residentBytes: { router: 190 * mib, nats: 10 * mib } },
          { requests: 1000, residentBytes: { router: 200 * mib, nats: 9 * mib } },
        ],
        restBytes: {
          before: { router: 100 * mib, nats: 10 * mib },
          after: { router: 120 * mib, nats: 9 * mib },
        },
        heapBytes: { before: { router: 20 * mib }, after: { router: 21 * mib } },
      },
    ],
  });
  expect(report).toContain("| router | 100.0 | 120.0 | **+20.0%** | 20.0 | 21.0 | +5.0% | 190.0 | 200.0 |");
  expect(report).toContain("| nats | 10.0 | 9.0 | -10.0% | – | – | – | 10.0 | 9.0 |");
});
