import type { Finding } from "./finding.ts";
import { JsonText } from "./json-text.ts";
import type { ScanPlan } from "./scan-plan.ts";
import { TextScanner } from "./text-scanner.ts";

/** A change to a text: `[start, end)` becomes `text`. */
export interface TextEdit {
  start: number;
  end: number;
  text: string;
}

/** A place to mask in the text as written. */
interface Mask {
  finding: Finding;
  start: number;
  replacement: string;
}

/**
 * One text of a prompt or reply, arriving in pieces, with the rules run over it.
 * @param form `json` reads the escapes of JSON strings before it looks for values
 * @param onFinding told once of each finding that counts
 */
export class MaskedText {
  readonly #scanner: TextScanner;
  readonly #json: JsonText | undefined;
  readonly #onFinding: (finding: Finding) => void;
  readonly #masks: Mask[] = [];
  #length = 0;
  #isFinal = false;

  constructor(plan: ScanPlan, form: "text" | "json", onFinding: (finding: Finding) => void) {
    this.#scanner = new TextScanner(plan);
    this.#json = form === "json" ? new JsonText() : undefined;
    this.#onFinding = onFinding;
  }

  /** Characters written so far. */
  get length(): number {
    return this.#length;
  }

  /** Everything before this offset is decided. */
  get clear(): number {
    if (this.#isFinal) return this.#length;
    return this.#toWritten(this.#scanner.clear);
  }

  write(piece: string, final: boolean): void {
    if (this.#isFinal) throw new Error("the text has ended");
    this.#length += piece.length;
    this.#isFinal = final;
    const read = this.#json === undefined ? piece : this.#json.write(piece, final);
    for (const finding of this.#scanner.write(read, final)) {
      this.#onFinding(finding);
      if (finding.rule.action !== "mask") continue;
      this.#masks.push({
        finding,
        start: this.#toWritten(finding.start),
        replacement: this.#replacementOf(finding),
      });
    }
  }

  /** The changes to `[start, end)`, which must be clear, as offsets from `start`. Places before `end` are not asked for again. */
  takeEdits(start: number, end: number): TextEdit[] {
    const edits: TextEdit[] = [];
    let passed = 0;
    for (const mask of this.#masks) {
      if (mask.start >= end) break;
      const maskEnd = this.#endOf(mask);
      if (maskEnd <= end) passed++;
      if (maskEnd <= start) continue;
      edits.push({
        start: Math.max(mask.start, start) - start,
        end: Math.min(maskEnd, end) - start,
        // The first piece that a value touches holds its replacement; from the others it is cut.
        text: mask.start >= start ? mask.replacement : "",
      });
    }
    if (passed > 0) this.#masks.splice(0, passed);
    return edits;
  }

  /** Lets go of what was kept to find places before the ones that are decided. */
  forgetClear(): void {
    if (this.#json === undefined) return;
    this.#json.forget(Math.min(this.#masks[0]?.finding.start ?? this.#scanner.clear, this.#scanner.clear));
  }

  #endOf({ finding }: Mask): number {
    return finding.end === Number.POSITIVE_INFINITY ? finding.end : this.#toWritten(finding.end);
  }

  #toWritten(offset: number): number {
    return this.#json === undefined ? offset : this.#json.toWritten(offset);
  }

  /** In JSON the replacement is written so that the JSON stays well-formed: escaped, and a string of its own where none is open. */
  #replacementOf(finding: Finding): string {
    const replacement = finding.rule.replacement(finding.kind);
    if (this.#json === undefined) return replacement;
    const literal = JSON.stringify(replacement);
    return this.#json.isInString(finding.start) ? literal.slice(1, -1) : literal;
  }
}
