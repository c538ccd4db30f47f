import { Temporal } from "temporal-polyfill";
import type { CalendarPeriod } from "./quota-policy.ts";

/** From `fromMs` on and before `toMs`, milliseconds since the epoch. */
export type CalendarWindow = { fromMs: number; toMs: number };

const secondMs = 1000;
const minuteMs = 60_000;
const hourMs = 3_600_000;

/**
 * The second, minute, hour, day, week or month of a time zone in which a moment is. Pure.
 *
 * A day is from the first moment of its date to the first moment of the next date: 23 or 25 hours where the clock is
 * changed in it. Weeks begin on Monday (ISO 8601). Hours, minutes and seconds are those of the zone's offset at the
 * moment; where the clock is changed by half an hour, that hour is cut off at the change.
 *
 * @param timeZone IANA name
 * @param atMs Milliseconds since the epoch
 * @throws {RangeError} for a time zone that is not known
 */
export function calendarWindow(period: CalendarPeriod, timeZone: string, atMs: number): CalendarWindow {
  switch (period) {
    case "second":
      return steps(atMs, secondMs, 0);
    case "minute":
      return steps(atMs, minuteMs, 0);
    case "hour":
      return hour(timeZone, atMs);
    case "day":
    case "week":
    case "month":
      return days(period, timeZone, atMs);
  }
}

function steps(atMs: number, stepMs: number, offsetMs: number): CalendarWindow {
  const fromMs = Math.floor((atMs + offsetMs) / stepMs) * stepMs - offsetMs;
  return { fromMs, toMs: fromMs + stepMs };
}

function hour(timeZone: string, atMs: number): CalendarWindow {
  const now = zoned(timeZone, atMs);
  const window = steps(atMs, hourMs, now.offsetNanoseconds / 1e6);
  const changeBefore = now.add({ nanoseconds: 1 }).getTimeZoneTransition("previous")?.epochMilliseconds;
  const changeAfter = now.getTimeZoneTransition("next")?.epochMilliseconds;
  return {
    fromMs: Math.max(window.fromMs, changeBefore ?? window.fromMs),
    toMs: Math.min(window.toMs, changeAfter ?? window.toMs),
  };
}

function days(period: "day" | "week" | "month", timeZone: string, atMs: number): CalendarWindow {
  const date = zoned(timeZone, atMs).toPlainDate();
  const first = {
    day: () => date,
    week: () => date.subtract({ days: date.dayOfWeek - 1 }),
    month: () => date.with({ day: 1 }),
  }[period]();
  const next = { day: { days: 1 }, week: { weeks: 1 }, month: { months: 1 } }[period];
  return { fromMs: firstMoment(first, timeZone), toMs: firstMoment(first.add(next), timeZone) };
}

/** Midnight, or where the clock skips midnight, the moment after the gap. */
function firstMoment(date: Temporal.PlainDate, timeZone: string): number {
  return date.toZonedDateTime({ timeZone }).epochMilliseconds;
}

function zoned(timeZone: string, atMs: number): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(Math.floor(atMs)).toZonedDateTimeISO(timeZone);
}
