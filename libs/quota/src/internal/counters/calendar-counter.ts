import { type CalendarWindow, calendarWindow } from "../../calendar-window.ts";
import type { CompiledPolicy } from "../compiled-policy.ts";
import { bounded } from "./bounded.ts";
import type { Counter } from "./counter.ts";

/** What is used in the present window of a calendar. */
export class CalendarCounter implements Counter {
  #used = 0;
  #limit = 0;
  #window: CalendarWindow = { fromMs: Number.NEGATIVE_INFINITY, toMs: Number.NEGATIVE_INFINITY };

  refresh(nowMs: number, policy: CompiledPolicy): void {
    this.#limit = policy.limit;
    // Also where the clock went back: what was counted stays counted.
    if (policy.calendar === undefined || nowMs < this.#window.toMs) return;
    this.#window = calendarWindow(policy.calendar.period, policy.calendar.timeZone, nowMs);
    this.#used = 0;
  }

  room(): number {
    return this.#limit - this.#used;
  }

  add(amount: number, atMs: number): void {
    // What was taken in a window that is over is not corrected any more.
    if (atMs >= this.#window.fromMs) this.#used = bounded(this.#used + amount);
  }

  countsAt(atMs: number, nowMs: number): boolean {
    return atMs >= this.#window.fromMs && nowMs < this.#window.toMs;
  }

  takenAtMs(nowMs: number): number {
    return Math.max(nowMs, this.#window.fromMs);
  }

  resetMs(nowMs: number): number {
    return Math.max(0, this.#window.toMs - nowMs);
  }

  retryMs(_need: number, nowMs: number): number {
    return this.resetMs(nowMs);
  }

  meaningMs(nowMs: number): number {
    return this.resetMs(nowMs);
  }
}
