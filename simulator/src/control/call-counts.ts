/** Calls that the simulator has under way and has had, since it started or was last asked to forget. */
export interface CallCounts {
  openCalls: number;
  peakOpenCalls: number;
  calls: number;
  completedCalls: number;
  abortedCalls: number;
  failedCalls: number;
}

/** All at zero, save the calls that are open. */
export function freshCounts(openCalls = 0): CallCounts {
  return {
    openCalls,
    peakOpenCalls: openCalls,
    calls: 0,
    completedCalls: 0,
    abortedCalls: 0,
    failedCalls: 0,
  };
}
