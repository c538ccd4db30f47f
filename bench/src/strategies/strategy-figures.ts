import type { Figure } from "../measurements/measurement.ts";

/** What is told of each strategy. */
export const strategyFigures: readonly Figure[] = [
  { key: "firstTokenP50Ms", title: "First token, p50", unit: "ms", digits: 1 },
  { key: "firstTokenP90Ms", title: "First token, p90", unit: "ms", digits: 1 },
  { key: "firstTokenP99Ms", title: "First token, p99", unit: "ms", digits: 1 },
  { key: "latencyP99Ms", title: "Whole stream, p99", unit: "ms", digits: 1 },
  { key: "slowPercent", title: "Requests that went to the slow instance", unit: "%", digits: 2 },
];
