/** Keeps a number where doubles are exact. What is beyond stops at the bound. */
export function bounded(value: number): number {
  return Math.max(-Number.MAX_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, value));
}
