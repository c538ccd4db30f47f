import { CharacterClass } from "../character-class.ts";
import type { Detector } from "../detector.ts";
import { eachMatch, isPrecededBy, runDetector } from "../run-detector.ts";

/** Grouped 3-2-4 with one and the same separator, or nine digits that the text calls by their name. */
const candidate =
  /(?<![A-Za-z0-9_]|[0-9][., -])(?:([0-9]{3})([ -])([0-9]{2})\2([0-9]{4})|([0-9]{3})([0-9]{2})([0-9]{4}))(?![A-Za-z0-9_]|[.,-][0-9])/g;
const named = /(?:\bssn|social[\s_-]?security)[^0-9]{0,24}$/i;
const inside = new CharacterClass("0-9 .,-");
const begins = new CharacterClass("0-9");

/**
 * US social security numbers. Areas 000, 666 and 900 to 999, group 00 and serial 0000 are never assigned
 * (Social Security Administration, "SSN randomization").
 */
export function usSsnDetector(): Detector {
  return runDetector({
    name: "us_ssn",
    inside,
    begins,
    reach: 16,
    sign: /[0-9]{3}[ -]?[0-9]{2}[ -]?[0-9]{4}/g,
    find(text, from, until, emit) {
      eachMatch(candidate, text, from, until, (match) => {
        const area = match[1] ?? match[5] ?? "";
        const group = match[3] ?? match[6] ?? "";
        const serial = match[4] ?? match[7] ?? "";
        if (/^(?:000|666|9)/.test(area) || group === "00" || serial === "0000") return undefined;
        if (match[2] === undefined && !isPrecededBy(text, match.index, named, 40)) return undefined;
        const end = match.index + match[0].length;
        emit("us_ssn", match.index, end);
        return end;
      });
    },
  });
}
