import type { CharacterClass } from "./character-class.ts";

/**
 * Start of the first run of at least `length` characters of the class, from `from` on, or -1.
 * Looks at the last place that such a run must cover and jumps from there, so ordinary text is mostly skipped.
 */
export function indexOfRun(text: string, from: number, length: number, members: CharacterClass): number {
  let start = from;
  while (start + length <= text.length) {
    let index = start + length - 1;
    while (index >= start && members.has(text.charCodeAt(index))) index--;
    if (index < start) return start;
    start = index + 1;
  }
  return -1;
}

/** End of the run of characters of the class that covers `from`. */
export function endOfRun(text: string, from: number, members: CharacterClass): number {
  let end = from;
  while (end < text.length && members.has(text.charCodeAt(end))) end++;
  return end;
}
