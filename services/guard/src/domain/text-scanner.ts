import { lookBehind } from "./detector.ts";
import type { Finding } from "./finding.ts";
import { OverlapResolver } from "./overlap-resolver.ts";
import type { PlannedRule, ScanPlan } from "./scan-plan.ts";

/** How far one rule's detector is in the text. Offsets are those of the whole text. */
interface RuleRun {
  rule: PlannedRule;
  position: number;
  clear: number;
  /** A value that has begun and whose end is not known. */
  continuing: Finding | undefined;
}

/**
 * Runs the rules of a plan over one text that arrives in pieces. The findings are the same however the text
 * is cut: each detector goes on where it was sure, so no place is decided before all that it depends on is
 * there, and none is scanned twice without need.
 *
 * Rules that audit are counted apart, as if they were alone: they tell what they would have found, and
 * never keep another rule from acting.
 */
export class TextScanner {
  readonly #runs: RuleRun[];
  readonly #acting = new OverlapResolver();
  readonly #auditing = new OverlapResolver();
  #buffer = "";
  /** Offset of the buffer's first character in the whole text. */
  #base = 0;
  #clear = 0;

  constructor(plan: ScanPlan) {
    this.#runs = plan.rules.map((rule) => ({ rule, position: 0, clear: 0, continuing: undefined }));
  }

  /** Everything before this offset of the text is decided: its findings have been returned. */
  get clear(): number {
    return this.#clear;
  }

  /**
   * Takes the next piece.
   * @param final whether the text is whole with it
   * @returns findings that count from now on, in their order, and those of rules that audit. The end of one
   * that goes on is `Infinity` until a later call sets it.
   */
  write(piece: string, final: boolean): Finding[] {
    this.#buffer += piece;
    const end = this.#base + this.#buffer.length;
    let clear = end;
    let position = end;
    for (const run of this.#runs) {
      this.#advance(run, final);
      clear = Math.min(clear, run.clear);
      position = Math.min(position, run.position, run.clear);
    }
    this.#clear = Math.max(this.#clear, clear);
    this.#trim(position);
    const acting = this.#acting.take(this.#clear);
    const auditing = this.#auditing.take(this.#clear);
    return auditing.length === 0 ? acting : [...acting, ...auditing];
  }

  #advance(run: RuleRun, final: boolean): void {
    const { detector } = run.rule;
    const base = this.#base;
    for (;;) {
      if (run.continuing !== undefined) {
        const { kind } = run.continuing;
        const progress = detector.continueValue?.(kind, this.#buffer, run.position - base, final);
        if (progress === undefined) throw new Error(`${detector.name} left a value open`);
        run.position = base + progress.end;
        run.clear = run.position;
        if (!progress.closed) return;
        run.continuing.end = run.position;
        run.continuing = undefined;
      }
      const progress = detector.scan(
        this.#buffer,
        run.position - base,
        final,
        (kind, start, end, openEnded) => {
          const finding: Finding = {
            rule: run.rule,
            kind,
            start: base + start,
            end: openEnded === true ? Number.POSITIVE_INFINITY : base + end,
            openEnded: openEnded === true,
          };
          if (finding.openEnded) run.continuing = finding;
          (run.rule.action === "audit" ? this.#auditing : this.#acting).add(finding);
        },
      );
      run.position = base + progress.position;
      run.clear = base + progress.clear;
      if (run.continuing === undefined) return;
    }
  }

  /** Lets go of text that no detector looks at any more. */
  #trim(position: number): void {
    const unneeded = position - lookBehind - this.#base;
    if (unneeded <= lookBehind) return;
    this.#buffer = this.#buffer.slice(unneeded);
    this.#base += unneeded;
  }
}
