import { CharacterClass } from "../character-class.ts";
import type { Detector } from "../detector.ts";
import { passesLuhn } from "../luhn.ts";
import { eachMatch, isPrecededBy, runDetector } from "../run-detector.ts";

/** Issuer ranges (ISO/IEC 7812) of the card networks, with the lengths of their numbers. */
const networks: readonly { lengths: readonly number[]; prefix: RegExp }[] = [
  { lengths: [13, 16, 19], prefix: /^4/ },
  { lengths: [16], prefix: /^(?:5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720|220[0-4])/ },
  { lengths: [15], prefix: /^3[47]/ },
  { lengths: [14, 16, 19], prefix: /^3(?:0[0-5]|095|[689])/ },
  { lengths: [16, 17, 18, 19], prefix: /^(?:6011|64[4-9]|65|62|60|81|82|508)/ },
  { lengths: [16, 17, 18, 19], prefix: /^35(?:2[89]|[3-8])/ },
  { lengths: [15], prefix: /^(?:2131|1800)/ },
  { lengths: [13, 14, 15, 16, 17, 18, 19], prefix: /^(?:5018|5020|5038|5893|6304|6759|676[1-3])/ },
];

const separator = "[ \\u00a0\\u2011-]";
/** Without separators, or grouped as cards are printed. A digit before a sign or dot means a part of something longer. */
const candidate = new RegExp(
  `(?<![A-Za-z0-9_]|[0-9][.,-])(?:[0-9]{13,19}|[0-9]{4}(?:${separator}[0-9]{4}){3}(?:${separator}?[0-9]{1,3})?|[0-9]{4}${separator}[0-9]{6}${separator}[0-9]{4,5})(?![A-Za-z0-9_]|[.,-][0-9])`,
  "g",
);
/** The text itself calls it a card: then the check digit is enough. */
const called =
  /(?:card|karte|carte|tarjeta|cart[aã]o|carta|kaart|kort|карт[аыу]|卡号?|カード)[^0-9]{0,20}$/iu;
const inside = new CharacterClass("0-9 .,-", true);
const begins = new CharacterClass("0-9");

/** Payment card numbers: 13 to 19 digits of a network's range that pass the Luhn check. */
export function creditCardDetector(): Detector {
  return runDetector({
    name: "credit_card",
    inside,
    begins,
    reach: 32,
    sign: /[0-9]{4}[ \u00a0\u2011-]?[0-9]{4}/g,
    find(text, from, until, emit) {
      eachMatch(candidate, text, from, until, (match) => {
        const digits = match[0].replace(/[^0-9]/g, "");
        if (!passesLuhn(digits) || /^([0-9])\1+$/.test(digits)) return undefined;
        if (!isOfNetwork(digits) && !isPrecededBy(text, match.index, called, 32)) return undefined;
        const end = match.index + match[0].length;
        emit("credit_card", match.index, end);
        return end;
      });
    },
  });
}

function isOfNetwork(digits: string): boolean {
  return networks.some(({ lengths, prefix }) => lengths.includes(digits.length) && prefix.test(digits));
}
