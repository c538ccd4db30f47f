import type { LinearPattern } from "@sluice/resources/linear-pattern";
import { type Detector, maxValueLength, type ScanProgress } from "../detector.ts";

/**
 * What an administrator's pattern matches.
 *
 * A match has at most 256 characters. A pattern that could match more is looked for in windows of twice
 * that length: a longer match is taken in parts of 256 characters, as far as its parts match by
 * themselves. So the answer never depends on more text than a stream can hold back.
 * @param name kind of the values it reports
 */
export function customPatternDetector(name: string, pattern: LinearPattern): Detector {
  const bounded = pattern.maxLength !== undefined && pattern.maxLength <= maxValueLength;
  return {
    name,
    scan: (text, from, final, emit) =>
      bounded
        ? scanBounded(pattern, text, from, final, (start, end) => emit(name, start, end))
        : scanWindows(pattern, text, from, final, (start, end) => emit(name, start, end)),
  };
}

type EmitRange = (start: number, end: number) => void;

function scanBounded(
  pattern: LinearPattern,
  text: string,
  from: number,
  final: boolean,
  emit: EmitRange,
): ScanProgress {
  const clear = final ? text.length : viableFrom(pattern, text, from);
  const region = new Region(pattern, text, from, text.length);
  let position = from;
  for (;;) {
    const match = region.next(position);
    if (match === undefined || match.start >= clear) return { position: Math.max(position, clear), clear };
    emit(match.start, match.end);
    position = match.end;
  }
}

function scanWindows(
  pattern: LinearPattern,
  text: string,
  from: number,
  final: boolean,
  emit: EmitRange,
): ScanProgress {
  let position = from;
  while (position < text.length) {
    const windowEnd = position + 2 * maxValueLength;
    const isWhole = final || windowEnd <= text.length;
    // In a window that is not whole yet, only a match that nothing can alter any more counts.
    const until = Math.min(
      position + maxValueLength,
      isWhole ? windowEnd : viableFrom(pattern, text, position),
    );
    const match = new Region(pattern, text, position, windowEnd).next(position);
    if (match !== undefined && match.start < until) {
      const end = Math.min(match.end, match.start + maxValueLength);
      emit(match.start, end);
      position = end;
    } else if (isWhole) {
      position += maxValueLength;
    } else {
      return { position, clear: until };
    }
  }
  const reached = Math.min(position, text.length);
  return { position: reached, clear: reached };
}

/** A stretch of a text in which a pattern is looked for. */
class Region {
  readonly #base: number;
  readonly #matcher: ReturnType<LinearPattern["expression"]["matcher"]>;
  readonly #length: number;

  constructor({ expression }: LinearPattern, text: string, from: number, end: number) {
    // One character before, for what looks at the border of a word or of a line.
    this.#base = Math.max(0, from - 1);
    const stretch = text.slice(this.#base, end);
    this.#length = stretch.length;
    this.#matcher = expression.matcher(stretch);
  }

  /** The first match that begins at `from` or later and is not empty. */
  next(from: number): { start: number; end: number } | undefined {
    const matcher = this.#matcher;
    let at = from - this.#base;
    while (at < this.#length && matcher.find(at)) {
      const start = matcher.start();
      const end = matcher.end();
      if (end > start) return { start: this.#base + start, end: this.#base + end };
      at = start + 1;
    }
    return undefined;
  }
}

/** From where on the text could still grow into a match. */
function viableFrom({ prefixAtEnd, maxLength }: LinearPattern, text: string, from: number): number {
  const reach = Math.min(maxLength ?? Number.POSITIVE_INFINITY, 2 * maxValueLength);
  const floor = Math.max(from, text.length - reach);
  const base = Math.max(0, floor - 1);
  const matcher = prefixAtEnd.matcher(text.slice(base));
  return matcher.find(floor - base) ? Math.max(floor, base + matcher.start()) : text.length;
}
