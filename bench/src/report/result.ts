import type { Measured } from "../measurements/measure-all.ts";
import type { MeasurementName } from "../measurements/measurement-name.ts";
import type { GoalResult } from "./goals.ts";
import type { Machine } from "./machine.ts";

/** A run of the bench as it is kept in a JSON file. */
export interface BenchResult extends Measured {
  startedAt: string;
  machine: Machine;
  parameters: {
    targets: readonly string[];
    only: readonly MeasurementName[];
    rounds: number;
    seconds: number;
    model: string;
    replicas: string | undefined;
  };
  goals: GoalResult[];
}
