import type { CompiledLimit } from "./compiled-limit.ts";
import type { CompiledPolicy } from "./compiled-policy.ts";
import { bounded } from "./counters/bounded.ts";
import type { Counter } from "./counters/counter.ts";
import { newCounter } from "./counters/new-counter.ts";
import type { Verdict } from "./reserve-outcome.ts";

type Hold = { amount: number; atMs: number; expiresAtMs: number };

/** A counter with what reservations hold of it. */
export class LocalCounter {
  readonly #counter: Counter;
  readonly #holds = new Map<string, Hold>();
  /** No hold expires before. */
  #nextExpiryMs = Number.POSITIVE_INFINITY;
  keepUntilMs = 0;

  constructor(policy: CompiledPolicy, nowMs: number) {
    this.#counter = newCounter(policy, nowMs);
  }

  refresh(nowMs: number, policy: CompiledPolicy): void {
    this.#counter.refresh(nowMs, policy);
    if (policy.held && nowMs >= this.#nextExpiryMs) this.#releaseExpired(nowMs);
  }

  /** The same for more of what was taken before. */
  refreshTaken(nowMs: number, policy: CompiledPolicy): void {
    // A calendar's counter may be that of a later window by now; which one it is, only a reservation says.
    if (policy.calendar === undefined) this.#counter.refresh(nowMs, policy);
    if (policy.held && nowMs >= this.#nextExpiryMs) this.#releaseExpired(nowMs);
  }

  hasRoomForMore(more: number, atMs: number, nowMs: number): boolean {
    return !this.#counter.countsAt(atMs, nowMs) || more <= this.#counter.room();
  }

  /** @returns milliseconds until there would be room; -1: nobody knows */
  retryMs(more: number, nowMs: number): number {
    return bounded(this.#counter.retryMs(more, nowMs));
  }

  /** Takes more for a reservation that was made at `atMs`, and holds it. */
  raise(reservation: string, more: number, atMs: number, nowMs: number): void {
    this.#counter.add(more, atMs, nowMs);
    const hold = this.#holds.get(reservation);
    if (hold !== undefined) hold.amount += more;
  }

  judge({ limit, policy }: CompiledLimit): Verdict["result"] {
    // Nothing at all fits into a limit that is used up.
    const need = Math.max(1, limit.amount);
    if (need > policy.limit) return "larger_than_limit";
    return need > this.#counter.room() ? "no_room" : "fits";
  }

  take(amount: number, nowMs: number): void {
    this.#counter.add(amount, this.#counter.takenAtMs(nowMs), nowMs);
  }

  hold(reservation: string, hold: Hold): void {
    this.#holds.set(reservation, hold);
    this.#nextExpiryMs = Math.min(this.#nextExpiryMs, hold.expiresAtMs);
  }

  extend(reservation: string, expiresAtMs: number): void {
    const hold = this.#holds.get(reservation);
    if (hold !== undefined) hold.expiresAtMs = expiresAtMs;
  }

  /** @returns whether it was still held */
  release(reservation: string): boolean {
    return this.#holds.delete(reservation);
  }

  correct(change: number, atMs: number, nowMs: number): void {
    this.#counter.add(change, atMs, nowMs);
  }

  verdict(result: Verdict["result"], { limit }: CompiledLimit, nowMs: number): Verdict {
    const counter = this.#counter;
    const retryMs = result === "no_room" ? counter.retryMs(Math.max(1, limit.amount), nowMs) : -1;
    return {
      result,
      remaining: Math.max(0, counter.room()),
      resetMs: bounded(counter.resetMs(nowMs)),
      retryMs: bounded(retryMs),
    };
  }

  /** Keeps it until it says nothing any more, and `atLeastMs` so that it can be corrected. */
  keep(nowMs: number, atLeastMs: number): number {
    this.keepUntilMs = Math.max(this.keepUntilMs, nowMs + this.#counter.meaningMs(nowMs) + atLeastMs);
    return this.keepUntilMs;
  }

  #releaseExpired(nowMs: number): void {
    this.#nextExpiryMs = Number.POSITIVE_INFINITY;
    for (const [reservation, hold] of this.#holds) {
      if (hold.expiresAtMs > nowMs) {
        this.#nextExpiryMs = Math.min(this.#nextExpiryMs, hold.expiresAtMs);
        continue;
      }
      this.#counter.add(-hold.amount, hold.atMs, nowMs);
      this.#holds.delete(reservation);
    }
  }
}
