import type { Samples } from "../measurements/sample-book.ts";
import { median } from "./median.ts";

/** A ratio of two targets' medians that is to be reached. */
export interface Goal {
  title: string;
  /** Key of the figure. */
  figure: string;
  of: string;
  against: string;
  /** At least, or at most. */
  want: "least" | "most";
  ratio: number;
}

export interface GoalResult extends Goal {
  /** Undefined where it was not measured, or has no ratio because one side is not above 0. */
  reached: number | undefined;
  isMet: boolean | undefined;
}

const least = (title: string, figure: string, of: string, against: string, ratio: number): Goal => ({
  title,
  figure,
  of,
  against,
  want: "least",
  ratio,
});
const most = (...goal: Parameters<typeof least>): Goal => ({ ...least(...goal), want: "most" });

/** What Sluice is to reach, on one machine, in one run. */
export const goals: readonly Goal[] = [
  least("Requests/s", "requestsPerSecond", "mesh", "portkey", 6),
  most("Latency added at 10/s, p50", "added10P50Ms", "mesh", "portkey", 0.8),
  most("First token, 50 streams, p50", "firstTokenP50Ms", "mesh", "portkey", 0.4),
  least("Chunks/s, 1 a burst", "chunksPerSecond1", "mesh", "portkey", 1),
  least("Chunks/s, 8 a burst", "chunksPerSecond8", "mesh", "portkey", 1.7),
  least("Requests/s", "requestsPerSecond", "compact", "portkey", 8),
  most("Latency added at 10/s, p50", "added10P50Ms", "compact", "portkey", 0.35),
  least("Requests/s", "requestsPerSecond", "mesh", "proxy", 0.4),
  least("Requests/s", "requestsPerSecond", "compact", "proxy", 0.55),
];

export function goalResults(samples: Samples, wanted: readonly Goal[] = goals): GoalResult[] {
  return wanted.map((goal) => {
    const value = median(samples[goal.of]?.[goal.figure] ?? []);
    const base = median(samples[goal.against]?.[goal.figure] ?? []);
    const reached = base > 0 && value > 0 ? value / base : undefined;
    const isMet =
      reached === undefined
        ? undefined
        : goal.want === "least"
          ? reached >= goal.ratio
          : reached <= goal.ratio;
    return { ...goal, reached, isMet };
  });
}
