import type { CompiledPolicy } from "../compiled-policy.ts";
import { bounded } from "./bounded.ts";
import type { Counter } from "./counter.ts";

/** Calls that are open. */
export class ConcurrentCounter implements Counter {
  #open = 0;
  #limit: number;

  constructor(policy: CompiledPolicy) {
    this.#limit = policy.limit;
  }

  refresh(_nowMs: number, policy: CompiledPolicy): void {
    this.#limit = policy.limit;
  }

  room(): number {
    return this.#limit - this.#open;
  }

  add(amount: number): void {
    this.#open = bounded(this.#open + amount);
  }

  countsAt(): boolean {
    return true;
  }

  takenAtMs(nowMs: number): number {
    return nowMs;
  }

  resetMs(): number {
    return -1;
  }

  retryMs(): number {
    return -1;
  }

  meaningMs(): number {
    return 0;
  }
}
