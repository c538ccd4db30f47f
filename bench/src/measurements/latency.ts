import { measureLoad } from "./measured-load.ts";
import type { Measurement } from "./measurement.ts";

const rates = [10, 100];
/** The slow rate gets more time, because a percentile of a few requests says little. */
const timesLonger = 2;

/** What a target adds to the latency where there is little to do: an open loop at a constant rate. */
export const latency: Measurement = {
  figures: rates.flatMap((rate) => [
    {
      key: `added${rate}P50Ms`,
      title: `Latency added at ${rate}/s, p50`,
      unit: "ms",
      digits: 2,
      isAdded: true,
    },
    {
      key: `added${rate}P99Ms`,
      title: `Latency added at ${rate}/s, p99`,
      unit: "ms",
      digits: 2,
      isAdded: true,
    },
  ]),
  async run(context, target, seconds) {
    const values: Record<string, number> = {};
    for (const rate of rates) {
      const { latencyMs } = await measureLoad(context, target, {
        mode: { kind: "plain" },
        pace: { kind: "open", requestsPerSecond: rate },
        durationMs: seconds * 1000 * (rate === Math.min(...rates) ? timesLonger : 1),
      });
      values[`added${rate}P50Ms`] = latencyMs.p50;
      values[`added${rate}P99Ms`] = latencyMs.p99;
    }
    return { values };
  },
};
