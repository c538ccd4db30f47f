import { measureLoad } from "./measured-load.ts";
import type { Figure, Measurement } from "./measurement.ts";

/** Requests of which size, and how many at once. */
const sizes = [
  { title: "1 KB", key: "1Kb", bodyBytes: 1024, connections: 16 },
  { title: "16 KB", key: "16Kb", bodyBytes: 16 * 1024, connections: 16 },
  { title: "256 KB", key: "256Kb", bodyBytes: 256 * 1024, connections: 16 },
  { title: "4 MB", key: "4Mb", bodyBytes: 4 * 1024 * 1024, connections: 4 },
];

/** Prompts of several sizes: as many as a target takes at once, then one after the other for what it adds to each. */
export const bodies: Measurement = {
  figures: sizes.flatMap(({ title, key, connections }): Figure[] => [
    {
      key: `body${key}PerSecond`,
      title: `Bodies of ${title}, ${connections} connections`,
      unit: "/s",
      digits: 0,
    },
    {
      key: `body${key}AddedMs`,
      title: `Bodies of ${title}, latency added, p50`,
      unit: "ms",
      digits: 2,
      isAdded: true,
    },
  ]),
  async run(context, target, seconds) {
    const values: Record<string, number> = {};
    for (const { key, bodyBytes, connections } of sizes) {
      const send = (atOnce: number) =>
        measureLoad(context, target, {
          mode: { kind: "plain" },
          pace: { kind: "closed", connections: atOnce },
          bodyBytes,
          durationMs: (seconds * 1000) / 2,
        });
      const many = await send(connections);
      values[`body${key}PerSecond`] = many.answered / (many.elapsedMs / 1000);
      values[`body${key}AddedMs`] = (await send(1)).latencyMs.p50;
    }
    return { values };
  },
};
