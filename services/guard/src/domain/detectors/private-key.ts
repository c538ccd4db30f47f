import type { Detector } from "../detector.ts";

/** The header line and the first characters of what it announces, so that talk about headers is not a key. */
const beginning =
  /-----BEGIN (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----(?:[\s"'+,]|\\[nr]){0,16}[A-Za-z0-9+/=:-]{12}/g;
const ending = /-----END (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----/g;
const longestBeginning = 144;
const longestEnding = 72;
const begunMarker = /-{1,5}(?:B|BE|BEG|BEGI)?$/;

/**
 * Private keys in PEM and PGP armour. From the header on everything is part of the key until the end
 * marker, or to the end of the text where there is none.
 */
export function privateKeyDetector(): Detector {
  return {
    name: "private_key",
    scan(text, from, final, emit) {
      if (final && !text.includes("-----BEGIN", from)) return { position: text.length, clear: text.length };
      const clear = final ? text.length : openMarker(text, from);
      beginning.lastIndex = from;
      const match = beginning.exec(text);
      if (match === null) return { position: clear, clear };
      emit("private_key", match.index, beginning.lastIndex, true);
      return { position: beginning.lastIndex, clear: beginning.lastIndex };
    },
    continueValue(_kind, text, from, final) {
      ending.lastIndex = from;
      if (ending.test(text)) return { end: ending.lastIndex, closed: true };
      if (final) return { end: text.length, closed: true };
      return { end: Math.max(from, text.length - longestEnding), closed: false };
    },
  };
}

/** Where a header that is still arriving may have begun. */
function openMarker(text: string, from: number): number {
  const floor = Math.max(from, text.length - longestBeginning);
  const marker = text.indexOf("-----BEGIN", floor);
  if (marker !== -1) return marker;
  const tail = text.slice(Math.max(floor, text.length - 9));
  const begun = begunMarker.exec(tail);
  return begun === null ? text.length : text.length - tail.length + begun.index;
}
