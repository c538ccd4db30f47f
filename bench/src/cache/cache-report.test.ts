import { expect, test } from "vitest";
import { cacheReport } from "./cache-report.ts";
import type { CacheFigures } from "./run-cache.ts";

const times = (p50: number) => ({ p50, p90: p50, p99: p50 * 2, max: p50 * 3 });
const none = { "another subject": 0, "a number": 0, "a name": 0, "a negation or the like": 0 };
const exact: CacheFigures = {
  model: "m",
  threshold: null,
  matchNumbers: false,
  repeatable: 300,
  rightHits: 0,
  asked: { "another subject": 400, "a number": 50, "a name": 100, "a negation or the like": 40 },
  falseHits: none,
  latencyMs: { miss: times(9), similar: times(0), exact: times(4) },
};

test("hits are shares of what there could be, false ones of what differs", () => {
  const report = cacheReport({
    startedAt: "2026-06-15T12:00:00.000Z",
    machine: { cpu: "c", cores: 2, memoryGib: 8, kernel: "k", loadBefore: 0, versions: {}, commit: "a" },
    figures: [
      exact,
      {
        ...exact,
        threshold: 0.9,
        matchNumbers: true,
        rightHits: 150,
        falseHits: { ...none, "another subject": 5, "a name": 25 },
        latencyMs: { ...exact.latencyMs, similar: times(6) },
      },
    ],
  });
  expect(report).toContain("590 questions");
  expect(report).toContain(
    "50 differ in a number, 100 differ in a name, 40 differ in a negation or the like",
  );
  expect(report).toContain("| exact only | – | 0.0% | 0.0% | 0.0% | 0.0% | 0.0% |");
  expect(report).toContain("| 0.90 | the same | 50.0% | 1.3% | 0.0% | 25.0% | 0.0% |");
  expect(report).toContain("| exact only | – | 9.0 | 18.0 | – | – | 4.0 | 8.0 |");
  expect(report).toContain("| 0.90 | the same | 9.0 | 18.0 | 6.0 | 12.0 | 4.0 | 8.0 |");
});
