import { measureLoad } from "./measured-load.ts";
import type { Measurement } from "./measurement.ts";

const chunks = 200;
const bursts = [1, 8];

/** Streams of 200 chunks, 50 of them open at any time, as fast as they are read. */
export const streams: Measurement = {
  figures: bursts.map((perBurst) => ({
    key: `chunksPerSecond${perBurst}`,
    title: `Chunks/s of 50 streams, ${perBurst} a burst`,
    unit: "/s",
    digits: 0,
  })),
  async run(context, target, seconds) {
    const values: Record<string, number> = {};
    for (const chunksPerBurst of bursts) {
      const { answered, elapsedMs } = await measureLoad(context, target, {
        mode: { kind: "stream", chunks, chunksPerBurst, firstTokenDelayMs: 0, burstPauseMs: 0 },
        pace: { kind: "closed", connections: 50 },
        durationMs: seconds * 1000,
      });
      values[`chunksPerSecond${chunksPerBurst}`] = (answered * chunks) / (elapsedMs / 1000);
    }
    return { values };
  },
};
