import type { CalendarPeriod } from "@sluice/quota/quota-policy";
import { formatDuration } from "./duration.ts";
import type { LimitSpec } from "./kinds/limit.ts";
import { limitAmount } from "./limit-amount.ts";

const dayMs = 86_400_000;
const hourMs = 3_600_000;

/** Shortest and longest length; days have 23 to 25 hours where clocks are changed. */
const periodMs: Record<CalendarPeriod, readonly [shortest: number, longest: number]> = {
  second: [1_000, 1_000],
  minute: [60_000, 60_000],
  hour: [hourMs, hourMs],
  day: [dayMs - hourMs, dayMs + hourMs],
  week: [7 * dayMs - hourMs, 7 * dayMs + hourMs],
  month: [28 * dayMs - hourMs, 31 * dayMs + hourMs],
};

/** A rolling window counts for up to this much longer. */
const rollingFactor = 61 / 60;

/**
 * Limits of a list that never refuse or warn, because another one of the list lets less through: over all that they
 * count, or more.
 */
export function unreachableLimits(limits: readonly LimitSpec[]): { index: number; reason: string }[] {
  return limits.flatMap((limit, index) => {
    const { unit, text } = limitAmount(limit);
    const stricter = limits.findIndex(
      (other, at) =>
        at !== index &&
        isCovered(limit, other) &&
        // Of two that are alike the second is the one too many.
        !(index < at && isCovered(other, limit)),
    );
    const other = limits[stricter];
    if (other === undefined) return [];
    const most = mostLetThrough(other, limit) ?? 0;
    const through = unit === "cost_nano_usd" ? `${most / 1e9} US dollars` : most.toLocaleString("en-US");
    const reason = `${text}${timeOf(limit)} can never be reached: the limit ${other.name ?? stricter} of the same list lets through ${through} at most in that time`;
    return [{ index, reason }];
  });
}

/** Whether a limit never refuses or warns, because another one does before. */
function isCovered(limit: LimitSpec, other: LimitSpec): boolean {
  if (other.mode === "shadow" || !counts(other, limit)) return false;
  if (limit.each !== undefined || other.each !== undefined) return false;
  const most = mostLetThrough(other, limit);
  return most !== undefined && most <= limitAmount(limit).amount * (limit.warnAt ?? 1);
}

/** Whether a limit counts everything that another one does, in the same counters or in fewer. */
function counts(wider: LimitSpec, narrower: LimitSpec): boolean {
  const [wide, narrow] = [limitAmount(wider).unit, limitAmount(narrower).unit];
  const isPart = wide === "total_tokens" && (narrow === "input_tokens" || narrow === "output_tokens");
  if (wide === "complexity" && wider.of !== narrower.of) return false;
  return (wide === narrow || isPart) && wider.per.every((subject) => narrower.per.includes(subject));
}

/** The most that a limit lets through in the time of another one; undefined where that can't be told. */
function mostLetThrough(limit: LimitSpec, inTimeOf: LimitSpec): number | undefined {
  const { amount } = limitAmount(limit);
  if (limit.concurrent !== undefined) return amount;
  if (limit.interval !== undefined && limit.burst !== undefined) {
    if (inTimeOf.burst !== undefined && inTimeOf.interval !== undefined) {
      const isSlower = amount / limit.interval <= limitAmount(inTimeOf).refill / inTimeOf.interval;
      return isSlower ? limit.burst : undefined;
    }
    const lengthMs = longestOf(inTimeOf);
    return lengthMs === undefined ? undefined : limit.burst + Math.ceil((amount * lengthMs) / limit.interval);
  }
  const lengthMs = longestOf(inTimeOf);
  if (lengthMs === undefined) return undefined;
  if (limit.interval !== undefined) {
    // Two of the same length are alike.
    if (limit.interval === inTimeOf.interval) return amount;
    return Math.ceil(lengthMs / limit.interval) * amount;
  }
  if (limit.calendar === undefined) return undefined;
  const [shortestMs] = periodMs[limit.calendar];
  const isSameClock =
    inTimeOf.calendar !== undefined && (limit.timeZone ?? "UTC") === (inTimeOf.timeZone ?? "UTC");
  if (isSameClock && inTimeOf.calendar === limit.calendar) return amount;
  // Periods of the calendar that begin before the time, and end in it, count too.
  return (Math.ceil(lengthMs / shortestMs) + 1) * amount;
}

/** The longest time over which a limit counts; undefined for buckets, which have none. */
function longestOf({ interval, burst, calendar }: LimitSpec): number | undefined {
  if (burst !== undefined) return undefined;
  if (calendar !== undefined) return periodMs[calendar][1];
  return interval === undefined ? undefined : interval * rollingFactor;
}

function timeOf({ interval, calendar }: LimitSpec): string {
  if (calendar !== undefined) return ` per ${calendar}`;
  return interval === undefined ? "" : ` in ${formatDuration(interval)}`;
}
