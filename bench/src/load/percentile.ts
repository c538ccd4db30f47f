import type { Times } from "./load-job.ts";

/** The smallest value that so much of all values does not exceed (nearest rank). @param sorted ascending */
export function percentile(sorted: Float64Array, share: number): number {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
}

/** @returns zeros when there are none */
export function timesOf(valuesMs: readonly number[]): Times {
  const sorted = Float64Array.from(valuesMs).sort();
  return {
    p50: percentile(sorted, 0.5),
    p90: percentile(sorted, 0.9),
    p99: percentile(sorted, 0.99),
    max: percentile(sorted, 1),
  };
}
