import type { Figure } from "../measurements/measurement.ts";

/** What is told of a mesh with a large configuration, besides CPU and memory by service. */
export const scaleFigures: readonly Figure[] = [
  { key: "startSeconds", title: "Start, until requests are answered", unit: "s", digits: 1 },
  { key: "importSeconds", title: "Making the keys", unit: "s", digits: 1 },
  {
    key: "applySeconds",
    title: "Change of one resource, until every instance works by it",
    unit: "s",
    digits: 2,
  },
  { key: "requestsPerSecond", title: "Requests/s, 64 connections", unit: "/s", digits: 0 },
  { key: "loadedP50Ms", title: "Latency at that load, p50", unit: "ms", digits: 1 },
];
