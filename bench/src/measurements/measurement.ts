import type { Target } from "../targets/target.ts";
import type { BenchContext } from "./bench-context.ts";

/** What one round of a measurement gave of one target. */
export interface RoundFigures {
  /** By key of a figure. */
  values: Record<string, number>;
  /** CPU time for each request, in milliseconds, by service; where it was looked at. */
  cpuMsPerRequest?: Record<string, number>;
  /** The largest memory that was seen, in bytes, by service; where it was looked at. */
  residentBytes?: Record<string, number>;
}

/** One figure of a measurement: a row of the table. */
export interface Figure {
  key: string;
  title: string;
  unit: string;
  /** Digits behind the point. */
  digits: number;
  /** The value of `direct` in the same round is taken off: what the target adds. @default false */
  isAdded?: boolean;
}

export interface Measurement {
  figures: readonly Figure[];
  /** Measures one target once. @param seconds Length of one load. */
  run(context: BenchContext, target: Target, seconds: number): Promise<RoundFigures>;
}
