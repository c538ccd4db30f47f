import type { WatchedProcess } from "../processes/usage.ts";
import type { BookedCalls } from "./booked-calls.ts";

/** Something that answers chat completions, and is measured. */
export interface Target {
  name: string;
  /** Base of its OpenAI API, with `/v1`. */
  baseUrl: string;
  /** What it needs to let a request through. */
  headers: Record<string, string>;
  /** All of its processes; none where it does not run here, or nobody knows them. */
  processes: readonly WatchedProcess[];
  /** What its ledger has booked, where it has one. */
  booked?: () => Promise<BookedCalls>;
  /**
   * Runs a command of `sluice` against it, where it is one.
   * @returns what it printed @throws BenchError with that when it fails
   */
  sluice?: (...commandArguments: string[]) => Promise<string>;
  stop(): Promise<void>;
}
