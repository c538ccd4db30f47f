import { CharacterClass } from "../character-class.ts";
import type { Detector } from "../detector.ts";
import { ibanLengths } from "../iban-lengths.ts";
import { eachMatch, runDetector } from "../run-detector.ts";

const beginning = /(?<![A-Za-z0-9_])[A-Za-z]{2}[0-9]{2}[ \u00a0-]?[A-Za-z0-9]{2}/g;
const arriving =
  /(?<![A-Za-z0-9_])[A-Za-z](?:$|[A-Za-z](?:$|[0-9](?:$|[0-9](?:[A-Za-z0-9]|[ \u00a0-](?:[A-Za-z0-9]|$))*$)))/;
const inside = new CharacterClass("A-Za-z0-9 -", true);
const begins = new CharacterClass("A-Za-z");
const isAlphanumeric = new CharacterClass("A-Za-z0-9_");
const isSeparator = new CharacterClass(" -");

/** International bank account numbers: the length of their country and the check of ISO 7064 (mod 97). */
export function ibanDetector(): Detector {
  return runDetector({
    name: "iban",
    inside,
    begins,
    arriving,
    // 34 characters, a separator between any two groups of four.
    reach: 48,
    sign: /[A-Za-z]{2}[0-9]{2}[ \u00a0-]?[A-Za-z0-9]{4}/g,
    find(text, from, until, emit) {
      eachMatch(beginning, text, from, until, (match) => {
        const end = ibanEnd(text, match.index);
        if (end !== undefined) emit("iban", match.index, end);
        return end;
      });
    },
  });
}

function ibanEnd(text: string, start: number): number | undefined {
  const length = ibanLengths[text.slice(start, start + 2).toUpperCase()];
  if (length === undefined) return undefined;
  let compact = "";
  let end = start;
  while (compact.length < length) {
    const code = text.charCodeAt(end);
    if (isAlphanumeric.has(code)) compact += text.charAt(end);
    else if (!(isSeparator.has(code) || code === 0xa0) || compact.length % 4 !== 0) return undefined;
    else if (!isAlphanumeric.has(text.charCodeAt(end + 1))) return undefined;
    end++;
  }
  if (isAlphanumeric.has(text.charCodeAt(end))) return undefined;
  return passesMod97(compact.toUpperCase()) ? end : undefined;
}

function passesMod97(iban: string): boolean {
  const rearranged = iban.slice(4) + iban.slice(0, 4);
  let remainder = 0;
  for (const character of rearranged) {
    const value = Number.parseInt(character, 36);
    remainder = (remainder * (value > 9 ? 100 : 10) + value) % 97;
  }
  return remainder === 1;
}
