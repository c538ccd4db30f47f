import type { CompiledPolicy } from "../compiled-policy.ts";

/**
 * What has been taken from one limit. Times are milliseconds since the epoch, amounts integers.
 *
 * src/lua/counters.lua has the same for Redis; a test compares every answer of the two.
 */
export interface Counter {
  /** Brings it up to now; the limit may be another one than before. */
  refresh(nowMs: number, policy: CompiledPolicy): void;
  /** What may be taken. Negative when more was used than there was. */
  room(): number;
  /** Adds to what was taken at `atMs`; a negative amount gives back. */
  add(amount: number, atMs: number, nowMs: number): void;
  /** Whether what was taken at `atMs` counts still. */
  countsAt(atMs: number, nowMs: number): boolean;
  /** At which time what is taken now counts. */
  takenAtMs(nowMs: number): number;
  /** Until it is as if nothing had been taken, or of a rolling one until something comes back; -1: nobody knows. */
  resetMs(nowMs: number): number;
  /** Until `need` would have room if nothing else were taken; -1: nobody knows. */
  retryMs(need: number, nowMs: number): number;
  /** After which it says nothing any more if nobody touches it. */
  meaningMs(nowMs: number): number;
}
