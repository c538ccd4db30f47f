import type { CompiledPolicy } from "../compiled-policy.ts";
import { bounded } from "./bounded.ts";
import type { Counter } from "./counter.ts";

/**
 * What was used within an interval up to now, kept in slots of a 60th of it. A slot goes out as a whole, when its last
 * moment is an interval ago: never too much is let on, and what was taken counts for up to a slot longer.
 */
export class RollingCounter implements Counter {
  #used = 0;
  #limit: number;
  readonly #intervalMs: number;
  readonly #slotMs: number;
  readonly #slots = new Map<number, number>();

  constructor(policy: CompiledPolicy) {
    this.#limit = policy.limit;
    this.#intervalMs = policy.first;
    this.#slotMs = policy.second;
  }

  refresh(nowMs: number, policy: CompiledPolicy): void {
    this.#limit = policy.limit;
    for (const [slot, amount] of this.#slots) {
      if (this.#endsAtMs(slot) > nowMs) continue;
      this.#used -= amount;
      this.#slots.delete(slot);
    }
  }

  room(): number {
    return this.#limit - this.#used;
  }

  add(amount: number, atMs: number, nowMs: number): void {
    const slot = Math.floor(atMs / this.#slotMs);
    if (this.#endsAtMs(slot) <= nowMs) return;
    const before = this.#slots.get(slot) ?? 0;
    const after = bounded(before + amount);
    if (after === 0) this.#slots.delete(slot);
    else this.#slots.set(slot, after);
    this.#used = bounded(this.#used + (after - before));
  }

  countsAt(atMs: number, nowMs: number): boolean {
    return this.#endsAtMs(Math.floor(atMs / this.#slotMs)) > nowMs;
  }

  takenAtMs(nowMs: number): number {
    return nowMs;
  }

  resetMs(nowMs: number): number {
    if (this.#slots.size === 0) return 0;
    return Math.max(0, this.#endsAtMs(Math.min(...this.#slots.keys())) - nowMs);
  }

  retryMs(need: number, nowMs: number): number {
    let used = this.#used;
    for (const [slot, amount] of [...this.#slots].sort(([one], [other]) => one - other)) {
      used -= amount;
      if (need <= this.#limit - used) return Math.max(0, this.#endsAtMs(slot) - nowMs);
    }
    return -1;
  }

  meaningMs(): number {
    return this.#intervalMs + this.#slotMs;
  }

  /** When what is in a slot counts no more. */
  #endsAtMs(slot: number): number {
    return (slot + 1) * this.#slotMs + this.#intervalMs;
  }
}
