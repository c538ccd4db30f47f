import { CharacterClass, openTail } from "../character-class.ts";
import { type Detector, type Emit, lookBehind, maxValueLength } from "../detector.ts";
import { endOfRun, indexOfRun } from "../long-run.ts";
import { secretFormats } from "../secret-formats.ts";

/** The shortest beginning of a credential; prose has hardly a word of this length. */
const shortestHead = 15;
const inside = new CharacterClass("A-Za-z0-9_./+=-");
const word = new CharacterClass("A-Za-z0-9_");

const formats = secretFormats.map(({ kind, head, rest }) => ({
  kind,
  pattern: new RegExp(head, "g"),
  rest: rest === undefined ? undefined : new CharacterClass(rest),
}));
const restOfKind = new Map(formats.map(({ kind, rest }) => [kind, rest]));

/** A credential, or the beginning of one, as found in a text. */
interface FoundSecret {
  kind: string;
  start: number;
  end: number;
  goesOn: boolean;
}

/**
 * Credentials of clouds and providers. One whose length is not fixed is reported as soon as its beginning
 * is there, and goes on to the last character that can be part of it, however far that is.
 */
export function secretsDetector(): Detector {
  return {
    name: "secrets",
    scan(text, from, final, emit) {
      const clear = final ? text.length : openTail(text, from, maxValueLength, inside, inside);
      const position = scanRuns(text, from, clear, emit);
      return { position, clear: Math.min(clear, position) };
    },
    continueValue(kind, text, from, final) {
      const rest = restOfKind.get(kind);
      if (rest === undefined) return { end: from, closed: true };
      const runEnd = endOfRun(text, from, rest);
      let end = runEnd;
      // The full stop of the sentence.
      while (end > from && text[end - 1] === ".") end--;
      return { end, closed: final || runEnd < text.length };
    },
  };
}

/** Looks into each long run of token characters. Stops behind an open-ended credential. */
function scanRuns(text: string, from: number, clear: number, emit: Emit): number {
  let position = from;
  let reported = from;
  for (;;) {
    const runStart = indexOfRun(text, position, shortestHead, inside);
    if (runStart === -1 || runStart >= clear) return Math.max(clear, reported);
    const runEnd = endOfRun(text, runStart + shortestHead, inside);
    position = runEnd;
    const secret = firstSecret(text, runStart, runEnd);
    if (secret === undefined) continue;
    if (secret.start >= clear) return Math.max(clear, reported);
    emit(secret.kind, secret.start, secret.end, secret.goesOn);
    position = secret.end;
    reported = secret.end;
    if (secret.goesOn) return position;
  }
}

/** The first credential that begins in `[start, end)`, if any. */
function firstSecret(text: string, start: number, end: number): FoundSecret | undefined {
  const base = Math.max(0, start - lookBehind);
  const surroundings = text.slice(base, end + 1);
  let first: FoundSecret | undefined;
  for (const { kind, pattern, rest } of formats) {
    pattern.lastIndex = start - base;
    for (let match = pattern.exec(surroundings); match !== null; match = pattern.exec(surroundings)) {
      if (word.has(surroundings.charCodeAt(match.index - 1))) {
        pattern.lastIndex = match.index + 1;
        continue;
      }
      const found = {
        kind,
        start: base + match.index,
        end: base + pattern.lastIndex,
        goesOn: rest !== undefined,
      };
      if (first === undefined || found.start < first.start) first = found;
      break;
    }
  }
  return first;
}
