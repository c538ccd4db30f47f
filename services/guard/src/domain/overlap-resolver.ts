import { compareFindings, type Finding } from "./finding.ts";

/**
 * Decides which of overlapping findings counts, from left to right: the first to begin, of those the
 * longest, of those the most specific. A finding within another does not count. One that reaches beyond
 * another counts for the part beyond, so that nothing that was found stays readable.
 */
export class OverlapResolver {
  readonly #pending: Finding[] = [];
  /** The finding that was counted last. */
  #last: Finding | undefined;

  add(finding: Finding): void {
    let index = this.#pending.length;
    while (index > 0) {
      const before = this.#pending[index - 1];
      if (before === undefined || compareFindings(before, finding) <= 0) break;
      index--;
    }
    this.#pending.splice(index, 0, finding);
  }

  /**
   * Takes the findings that count and begin before `clear`; all that begin before it have been added.
   * An open-ended one is taken at its beginning. Those that begin within it wait until its end is known.
   */
  take(clear: number): Finding[] {
    const taken: Finding[] = [];
    for (let next = this.#pending[0]; next !== undefined && next.start < clear; next = this.#pending[0]) {
      const coveredUntil = this.#last?.end ?? 0;
      if (coveredUntil === Number.POSITIVE_INFINITY) {
        this.#dropBefore(clear);
        break;
      }
      this.#pending.shift();
      if (next.end <= coveredUntil) continue;
      next.start = Math.max(next.start, coveredUntil);
      this.#last = next;
      taken.push(next);
    }
    return taken;
  }

  /** What ends before `clear` lies within the value that goes on, which reaches at least to there. */
  #dropBefore(clear: number): void {
    let kept = 0;
    for (const finding of this.#pending) {
      if (finding.end > clear) this.#pending[kept++] = finding;
    }
    this.#pending.length = kept;
  }
}
