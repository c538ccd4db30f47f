import type { CompiledPolicy } from "../compiled-policy.ts";
import { bounded } from "./bounded.ts";
import type { Counter } from "./counter.ts";

/**
 * A bucket of tokens, full at first, refilled evenly. More may be used than was reserved: then the level is negative,
 * and refilling pays that off first.
 *
 * Refilling is exact over any time: what has flowed in is reckoned from an anchor that moves by whole intervals, so no
 * fractions add up.
 *
 * What comes back of a reservation fills the bucket at most to its brim. Of a reservation from before the bucket was
 * last full nothing comes back: refilling has made up for it already.
 */
export class TokenBucket implements Counter {
  #level: number;
  #anchorMs: number;
  /** What has flowed in since the anchor. */
  #granted = 0;
  /** When it was last seen full. */
  #fullAtMs: number;
  #refill: number;
  #intervalMs: number;
  #capacity: number;

  constructor(policy: CompiledPolicy, nowMs: number) {
    this.#level = policy.limit;
    this.#anchorMs = nowMs;
    this.#fullAtMs = nowMs;
    this.#refill = policy.first;
    this.#intervalMs = policy.second;
    this.#capacity = policy.limit;
  }

  refresh(nowMs: number, policy: CompiledPolicy): void {
    this.#refresh(nowMs, policy.limit, policy.first, policy.second);
  }

  #refresh(nowMs: number, capacity: number, refill: number, intervalMs: number): void {
    const elapsedMs = nowMs - this.#anchorMs;
    if (elapsedMs > 0) this.#flow(elapsedMs);
    if (this.#refill !== refill || this.#intervalMs !== intervalMs) {
      if (elapsedMs > 0) this.#anchorMs = nowMs;
      this.#granted = 0;
      this.#refill = refill;
      this.#intervalMs = intervalMs;
    }
    this.#capacity = capacity;
    if (this.#level < this.#capacity) return;
    this.#level = this.#capacity;
    if (elapsedMs <= 0) return;
    this.#anchorMs = nowMs;
    this.#granted = 0;
    this.#fullAtMs = nowMs;
  }

  room(): number {
    return this.#level;
  }

  add(amount: number, atMs: number, nowMs: number): void {
    // What flowed in before is flowed over by now, if the bucket was full.
    this.#refresh(nowMs, this.#capacity, this.#refill, this.#intervalMs);
    if (amount < 0 && this.#fullAtMs > atMs) return;
    this.#level = Math.min(this.#capacity, bounded(this.#level - amount));
  }

  countsAt(): boolean {
    return true;
  }

  takenAtMs(nowMs: number): number {
    return nowMs;
  }

  resetMs(nowMs: number): number {
    return this.#untilMs(this.#capacity - this.#level, nowMs);
  }

  retryMs(need: number, nowMs: number): number {
    return this.#untilMs(need - this.#level, nowMs);
  }

  meaningMs(nowMs: number): number {
    return this.resetMs(nowMs);
  }

  #flow(elapsedMs: number): void {
    const intervals = Math.floor(elapsedMs / this.#intervalMs);
    const product = (elapsedMs - intervals * this.#intervalMs) * this.#refill;
    const rest = (product - (product % this.#intervalMs)) / this.#intervalMs;
    this.#level = bounded(this.#level + (intervals * this.#refill + rest - this.#granted));
    this.#anchorMs += intervals * this.#intervalMs;
    this.#granted = rest;
  }

  #untilMs(missing: number, nowMs: number): number {
    if (missing <= 0) return 0;
    const afterAnchorMs = Math.ceil(((this.#granted + missing) * this.#intervalMs) / this.#refill);
    return Math.max(0, this.#anchorMs + afterAnchorMs - nowMs);
  }
}
