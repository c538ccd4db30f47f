import { measureLoad } from "./measured-load.ts";
import type { Measurement } from "./measurement.ts";

/** As many requests as a target takes at 64 connections, what they cost, and how much memory it has meanwhile. */
export const throughput: Measurement = {
  figures: [
    { key: "requestsPerSecond", title: "Requests/s, 64 connections", unit: "/s", digits: 0 },
    { key: "loadedP50Ms", title: "Latency at that load, p50", unit: "ms", digits: 1 },
    { key: "loadedP99Ms", title: "Latency at that load, p99", unit: "ms", digits: 1 },
    { key: "settleMs", title: "Work after the last answer", unit: "ms", digits: 0 },
    { key: "othersCores", title: "CPU of others meanwhile", unit: "cores", digits: 2 },
  ],
  async run(context, target, seconds) {
    const load = await measureLoad(context, target, {
      mode: { kind: "plain" },
      pace: { kind: "closed", connections: 64 },
      durationMs: seconds * 1000,
    });
    return {
      values: {
        requestsPerSecond: load.answered / (load.elapsedMs / 1000),
        loadedP50Ms: load.latencyMs.p50,
        loadedP99Ms: load.latencyMs.p99,
        settleMs: load.settleMs,
        othersCores: load.othersCores,
      },
      cpuMsPerRequest: Object.fromEntries(
        Object.entries(load.cpuMs).map(([service, cpuMs]) => [service, cpuMs / load.answered]),
      ),
      residentBytes: load.residentBytes,
    };
  },
};
