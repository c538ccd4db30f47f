import { type CalendarWindow, calendarWindow } from "../calendar-window.ts";
import type { CalendarPeriod } from "../quota-policy.ts";

/** The present calendar windows, worked out once for each window. */
export class CurrentWindows {
  readonly #windows = new Map<string, CalendarWindow>();

  /** @param nowMs Milliseconds since the epoch, by the clock that decides */
  at(period: CalendarPeriod, timeZone: string, nowMs: number): CalendarWindow {
    const name = `${period} ${timeZone}`;
    const known = this.#windows.get(name);
    if (known !== undefined && nowMs >= known.fromMs && nowMs < known.toMs) return known;
    const window = calendarWindow(period, timeZone, nowMs);
    this.#windows.set(name, window);
    return window;
  }
}
