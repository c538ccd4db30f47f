import fc from "fast-check";
import { expect, test } from "vitest";
import { calendarWindow } from "./calendar-window.ts";
import { type CalendarPeriod, calendarPeriods } from "./quota-policy.ts";

const hours = 3_600_000;

test.each<[CalendarPeriod, string, string, string, string]>([
  ["second", "UTC", "2026-03-29T00:59:59.999Z", "2026-03-29T00:59:59.000Z", "2026-03-29T01:00:00.000Z"],
  ["minute", "UTC", "2026-03-29T00:59:59.999Z", "2026-03-29T00:59:00.000Z", "2026-03-29T01:00:00.000Z"],
  ["hour", "UTC", "2026-03-29T00:00:00.000Z", "2026-03-29T00:00:00.000Z", "2026-03-29T01:00:00.000Z"],
  // Half an hour off.
  ["hour", "Asia/Kolkata", "2026-03-29T00:29:00Z", "2026-03-28T23:30:00.000Z", "2026-03-29T00:30:00.000Z"],
  ["day", "UTC", "2026-03-29T23:59:59.999Z", "2026-03-29T00:00:00.000Z", "2026-03-30T00:00:00.000Z"],
  // 23 hours, and 25.
  ["day", "Europe/Berlin", "2026-03-29T12:00:00Z", "2026-03-28T23:00:00.000Z", "2026-03-29T22:00:00.000Z"],
  ["day", "Europe/Berlin", "2026-10-25T12:00:00Z", "2026-10-24T22:00:00.000Z", "2026-10-25T23:00:00.000Z"],
  // Both hours that are called two o'clock.
  ["hour", "Europe/Berlin", "2026-10-25T00:30:00Z", "2026-10-25T00:00:00.000Z", "2026-10-25T01:00:00.000Z"],
  ["hour", "Europe/Berlin", "2026-10-25T01:30:00Z", "2026-10-25T01:00:00.000Z", "2026-10-25T02:00:00.000Z"],
  // The clock goes from 24:00 to 01:00: there is no midnight.
  ["day", "Africa/Cairo", "2026-04-24T12:00:00Z", "2026-04-23T22:00:00.000Z", "2026-04-24T21:00:00.000Z"],
  ["day", "America/Santiago", "2026-09-06T12:00:00Z", "2026-09-06T04:00:00.000Z", "2026-09-07T03:00:00.000Z"],
  // The clock goes back by half an hour at two.
  [
    "hour",
    "Australia/Lord_Howe",
    "2026-04-04T14:45:00Z",
    "2026-04-04T14:00:00.000Z",
    "2026-04-04T15:00:00.000Z",
  ],
  [
    "hour",
    "Australia/Lord_Howe",
    "2026-04-04T15:05:00Z",
    "2026-04-04T15:00:00.000Z",
    "2026-04-04T15:30:00.000Z",
  ],
  // Friday the 30th of December 2011 was left out.
  ["day", "Pacific/Apia", "2011-12-30T09:00:00Z", "2011-12-29T10:00:00.000Z", "2011-12-30T10:00:00.000Z"],
  // A Sunday night is still in the week that began on Monday.
  ["week", "Europe/Berlin", "2026-03-29T21:59:59Z", "2026-03-22T23:00:00.000Z", "2026-03-29T22:00:00.000Z"],
  ["week", "UTC", "2026-01-01T00:00:00Z", "2025-12-29T00:00:00.000Z", "2026-01-05T00:00:00.000Z"],
  [
    "month",
    "America/New_York",
    "2026-03-31T23:00:00Z",
    "2026-03-01T05:00:00.000Z",
    "2026-04-01T04:00:00.000Z",
  ],
  ["month", "UTC", "2028-02-29T12:00:00Z", "2028-02-01T00:00:00.000Z", "2028-03-01T00:00:00.000Z"],
])("the %s of %s at %s is from %s to %s", (period, timeZone, at, from, to) => {
  const { fromMs, toMs } = calendarWindow(period, timeZone, Date.parse(at));
  expect([new Date(fromMs).toISOString(), new Date(toMs).toISOString()]).toEqual([from, to]);
});

test("windows lie side by side: every moment is in one, and the next begins where it ends", () => {
  const zones = [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Africa/Cairo",
    "Asia/Kolkata",
  ];
  fc.assert(
    fc.property(
      fc.constantFrom(...calendarPeriods),
      fc.constantFrom(...zones),
      fc.integer({ min: Date.UTC(2020, 0), max: Date.UTC(2040, 0) }),
      (period, timeZone, atMs) => {
        const window = calendarWindow(period, timeZone, atMs);
        expect(window.fromMs).toBeLessThanOrEqual(atMs);
        expect(window.toMs).toBeGreaterThan(atMs);
        expect(calendarWindow(period, timeZone, window.fromMs)).toEqual(window);
        expect(calendarWindow(period, timeZone, window.toMs - 1)).toEqual(window);
        expect(calendarWindow(period, timeZone, window.toMs).fromMs).toBe(window.toMs);
      },
    ),
    { numRuns: 2000 },
  );
});

test.each(["Europe/Berlin", "Australia/Lord_Howe", "Africa/Cairo"])(
  "the days of a year in %s are 365, and the hours follow one another over every change",
  (timeZone) => {
    const year = { fromMs: calendarWindow("day", timeZone, Date.UTC(2026, 0, 1, 12)).fromMs, toMs: 0 };
    year.toMs = calendarWindow("day", timeZone, Date.UTC(2027, 0, 1, 12)).fromMs;
    let days = 0;
    for (let at = year.fromMs; at < year.toMs; at = calendarWindow("day", timeZone, at).toMs) days++;
    expect(days).toBe(365);
    const changes = [
      Date.UTC(2026, 2, 28),
      Date.UTC(2026, 3, 3),
      Date.UTC(2026, 3, 23),
      Date.UTC(2026, 9, 24),
    ];
    for (const change of changes) {
      let at = change;
      while (at < change + 72 * hours) {
        const { fromMs, toMs } = calendarWindow("hour", timeZone, at);
        expect(toMs - fromMs).toBeLessThanOrEqual(hours);
        expect(fromMs).toBeLessThanOrEqual(at);
        expect(toMs).toBeGreaterThan(at);
        at = toMs;
      }
    }
  },
);
