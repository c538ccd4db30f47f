import type { Combination } from "./combination.ts";

/** Positions of a block. What stands within two blocks in a row counts together. */
const blockLength = 50;
const never = -2;

/**
 * Adds up the points of the combinations that stand near each other, each once. A long text is judged by its
 * strongest passage, so that it does not become suspicious by its length.
 */
export class CombinationScore {
  readonly #combinations: readonly Combination[];
  /** The block in which each was found last. */
  readonly #foundIn: Int32Array;
  #block = 0;
  #points = 0;
  #peak = 0;

  constructor(combinations: readonly Combination[]) {
    this.#combinations = combinations;
    this.#foundIn = new Int32Array(combinations.length).fill(never);
  }

  /** Points of the strongest passage so far. */
  get peak(): number {
    return this.#peak;
  }

  /** Whether the combination needs no further look at this position. */
  has(index: number, position: number): boolean {
    return this.#foundIn[index] === Math.trunc(position / blockLength);
  }

  /** The combination was found at a position, which is not before the last one. */
  add(index: number, position: number): void {
    const block = Math.trunc(position / blockLength);
    if (block !== this.#block) {
      this.#block = block;
      this.#points = 0;
      for (const [other, { points }] of this.#combinations.entries()) {
        if (this.#foundIn[other] === block - 1) this.#points += points;
      }
    }
    if ((this.#foundIn[index] ?? never) < block - 1) this.#points += this.#combinations[index]?.points ?? 0;
    this.#foundIn[index] = block;
    this.#peak = Math.max(this.#peak, this.#points);
  }
}
