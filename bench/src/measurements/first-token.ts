import { measureLoad } from "./measured-load.ts";
import type { Measurement } from "./measurement.ts";

/** From 50 requests in the same moment to the first text of each; the streams then go on at 100 chunks a second. */
export const firstToken: Measurement = {
  figures: [
    { key: "firstTokenP50Ms", title: "First token, 50 streams at once, p50", unit: "ms", digits: 1 },
    { key: "firstTokenP99Ms", title: "First token, 50 streams at once, p99", unit: "ms", digits: 1 },
  ],
  async run(context, target, seconds) {
    const { firstTokenMs } = await measureLoad(context, target, {
      mode: { kind: "stream", chunks: 20, chunksPerBurst: 1, firstTokenDelayMs: 0, burstPauseMs: 10 },
      pace: { kind: "waves", size: 50 },
      durationMs: seconds * 1000,
    });
    return { values: { firstTokenP50Ms: firstTokenMs.p50, firstTokenP99Ms: firstTokenMs.p99 } };
  },
};
