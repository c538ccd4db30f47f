import type { ChildProgram } from "../children/child-program.ts";
import type { Target } from "../targets/target.ts";

/** What every measurement works with. */
export interface BenchContext {
  upstream: ChildProgram;
  loadGenerator: ChildProgram;
  /** The model that is asked for. */
  model: string;
  /** The targets, each of them up. */
  targets: readonly Target[];
  /** Where spans go, the base URL of a collector. */
  collectorUrl: string;
  /** Requests that each target has answered so far, by name. */
  answered: Map<string, number>;
  /** Writes a line of progress. */
  tell: (line: string) => void;
}
