import type { TextJudge } from "../text-judge.ts";
import { CombinationScore } from "./combination-score.ts";
import { CombinationTracker, indexCombinations } from "./combination-tracker.ts";
import { combinations, threshold } from "./combinations.ts";
import { ConceptReader } from "./concept-reader.ts";
import { EncodedRuns } from "./encoded-runs.ts";
import { WordReader } from "./word-reader.ts";

const index = indexCombinations(combinations);

/**
 * Judges whether a text tries to override the instructions of a model, to get its prompt or secrets out, or to
 * give it a persona without rules. Reads each character once: words become concepts (of any language, see the
 * lexicons), concepts near each other combinations, and the combinations of a passage add up their points.
 */
export class InjectionJudge implements TextJudge {
  readonly #written = new ConceptScore(false);
  /** What was encoded is a text of its own, so that its place does not depend on when its end was seen. */
  #decoded: ConceptScore | undefined;
  readonly #runs = new EncodedRuns((text) => {
    this.#decoded ??= new ConceptScore(true);
    this.#decoded.write(text);
  });

  /** Points of the strongest passage. */
  get points(): number {
    return Math.max(this.#written.points, this.#decoded?.points ?? 0);
  }

  get isCertain(): boolean {
    return this.points >= threshold;
  }

  write(piece: string): void {
    this.#written.write(piece);
    this.#runs.write(piece);
  }

  finish(): boolean {
    this.#runs.finish();
    this.#written.finish();
    this.#decoded?.finish();
    return this.isCertain;
  }
}

/** The way from characters to points. */
class ConceptScore {
  readonly #score = new CombinationScore(combinations);
  readonly #concepts: ConceptReader;
  readonly #words: WordReader;

  constructor(isEncoded: boolean) {
    this.#concepts = new ConceptReader(new CombinationTracker(index, this.#score), isEncoded);
    this.#words = new WordReader((word) => this.#concepts.take(word));
  }

  get points(): number {
    return this.#score.peak;
  }

  write(text: string): void {
    this.#words.write(text);
  }

  finish(): void {
    this.#words.finish();
    this.#concepts.finish();
  }
}
