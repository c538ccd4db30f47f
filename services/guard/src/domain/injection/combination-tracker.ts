import type { Combination } from "./combination.ts";
import type { CombinationScore } from "./combination-score.ts";
import { type Concept, concepts } from "./concept.ts";

/** A combination as it is looked for when one of its concepts comes. */
interface Watched {
  index: number;
  within: number;
  /** Its other concepts. */
  others: readonly number[];
}

const indexOf = new Map(concepts.map((concept, index) => [concept, index] as const));
const never = Number.NEGATIVE_INFINITY;
const nothing: readonly Watched[] = [];

/** The place of a concept in the list of all. */
export function conceptIndex(concept: Concept): number {
  return indexOf.get(concept) ?? 0;
}

/** Combinations by the concepts that they have. */
export type CombinationIndex = readonly (readonly Watched[])[];

export function indexCombinations(combinations: readonly Combination[]): CombinationIndex {
  return concepts.map((concept) =>
    combinations.flatMap(({ parts, within }, index) =>
      parts.includes(concept)
        ? [{ index, within, others: parts.filter((part) => part !== concept).map(conceptIndex) }]
        : [],
    ),
  );
}

/** Finds combinations. Takes time in proportion to the concepts that it is told of. */
export class CombinationTracker {
  readonly #index: CombinationIndex;
  readonly #score: CombinationScore;
  /** The last two places of each concept: the other parts of a combination stand elsewhere than the one at hand. */
  readonly #last = new Float64Array(concepts.length).fill(never);
  readonly #lastButOne = new Float64Array(concepts.length).fill(never);

  constructor(index: CombinationIndex, score: CombinationScore) {
    this.#index = index;
    this.#score = score;
  }

  /** A concept, at a position that is not before the last one told. */
  add(concept: number, position: number): void {
    if (this.#last[concept] !== position) {
      this.#lastButOne[concept] = this.#last[concept] ?? never;
      this.#last[concept] = position;
    }
    for (const { index, within, others } of this.#index[concept] ?? nothing) {
      if (!this.#score.has(index, position) && this.#areNear(others, position, within))
        this.#score.add(index, position);
    }
  }

  #areNear(others: readonly number[], position: number, within: number): boolean {
    let taken = never;
    for (const other of others) {
      const place = this.#placeOf(other, position, taken);
      if (position - place > within) return false;
      taken = place;
    }
    return true;
  }

  #placeOf(concept: number, position: number, taken: number): number {
    const last = this.#last[concept] ?? never;
    return last === position || last === taken ? (this.#lastButOne[concept] ?? never) : last;
  }
}
