import { type CharacterClass, openTail } from "./character-class.ts";
import { type Detector, type Emit, maxValueLength } from "./detector.ts";

/** What makes a detector of values that consist of a run of characters. */
export interface RunDetectorOptions {
  name: string;
  /** All characters of a value and of what is looked at behind it, but for one character that ends it. */
  inside: CharacterClass;
  /** The characters that a value may begin with. */
  begins: CharacterClass;
  /**
   * What the text ends with where a value is still arriving, from its first character to `$`; in ordinary text it is
   * seldom there, and then nothing is held back.
   * @default any run of `inside` characters that begins with one of `begins`
   */
  arriving?: RegExp;
  /** Longest value with what is looked at behind it. @default 256 characters */
  reach?: number;
  /**
   * Cheap sign of a value, a global pattern: some of it stands in every value. Most texts have none, and then
   * nothing else is tried.
   */
  sign: RegExp;
  /**
   * Reports the values that begin in `[from, until)`. The text behind `until` may be looked at, and is all
   * that a decision needs.
   */
  find(text: string, from: number, until: number, emit: Emit): void;
}

/**
 * A detector that holds back no more than the run of characters at the end of the text that could be the
 * beginning of a value.
 */
export function runDetector(options: RunDetectorOptions): Detector {
  const { name, inside, begins, arriving, reach = maxValueLength, sign, find } = options;
  return {
    name,
    scan(text, from, final, emit) {
      const tail = final ? text.length : openTail(text, from, reach, inside, begins);
      const clear = arriving === undefined ? tail : startOf(arriving, text, tail);
      let position = clear;
      sign.lastIndex = from;
      if (!sign.test(text)) return { position, clear };
      find(text, from, clear, (kind, start, end) => {
        position = Math.max(position, end);
        emit(kind, start, end);
      });
      return { position, clear };
    },
  };
}

/** Where the match of a pattern begins that stands in `text` from `from` on; its end where there is none. */
function startOf(pattern: RegExp, text: string, from: number): number {
  // With the character before it, which the pattern may ask for.
  const base = Math.max(0, from - 1);
  const match = pattern.exec(text.slice(base));
  return match === null ? text.length : Math.max(from, base + match.index);
}

/**
 * Calls `accept` for each match of a global pattern that begins in `[from, until)`. It returns the end of
 * the value, or undefined to go on looking one character further.
 */
export function eachMatch(
  pattern: RegExp,
  text: string,
  from: number,
  until: number,
  accept: (match: RegExpExecArray) => number | undefined,
): void {
  pattern.lastIndex = from;
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    if (match.index >= until) return;
    pattern.lastIndex = accept(match) ?? match.index + 1;
  }
}

/** Whether the text right before `start` ends with what the pattern (anchored by `$`) describes. */
export function isPrecededBy(text: string, start: number, cue: RegExp, reach: number): boolean {
  return cue.test(text.slice(Math.max(0, start - reach), start));
}
