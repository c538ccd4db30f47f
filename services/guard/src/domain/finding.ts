import type { PlannedRule } from "./scan-plan.ts";

/** A value that a rule found, `[start, end)` in the whole text of its channel. */
export interface Finding {
  rule: PlannedRule;
  kind: string;
  start: number;
  /** `Infinity` as long as the value goes on. */
  end: number;
  /** Reported at its beginning, its end found later. */
  openEnded: boolean;
}

/** The order in which findings decide: the first to begin, then the longest, then the most specific. */
export function compareFindings(one: Finding, other: Finding): number {
  if (one.start !== other.start) return one.start - other.start;
  if (one.openEnded !== other.openEnded) return one.openEnded ? -1 : 1;
  if (!one.openEnded && one.end !== other.end) return other.end - one.end;
  return other.rule.precedence - one.rule.precedence;
}
