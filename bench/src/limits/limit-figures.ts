import type { Figure } from "../measurements/measurement.ts";

/** What is told of each case, besides CPU by service. */
export const limitFigures: readonly Figure[] = [
  { key: "p50Ms", title: "Latency at 100/s, p50", unit: "ms", digits: 2 },
  { key: "p99Ms", title: "Latency at 100/s, p99", unit: "ms", digits: 2 },
  { key: "requestsPerSecond", title: "Requests/s, 64 connections", unit: "/s", digits: 0 },
];
