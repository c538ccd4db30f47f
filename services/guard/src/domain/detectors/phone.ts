import { type CountryCode, isSupportedCountry, parsePhoneNumberFromString } from "libphonenumber-js/min";
import { CharacterClass } from "../character-class.ts";
import type { Detector } from "../detector.ts";
import { eachMatch, isPrecededBy, runDetector } from "../run-detector.ts";

const gap = "[ .()\\/\\u00a0\\u2011-]";
const extension = "(?: ?(?:x|ext\\.?) ?[0-9]{1,6})?";
const international = `(?:\\+|00(?=[1-9])|001(?=[-. ]))[0-9](?:${gap}{0,3}[0-9]){6,14}${extension}`;
/** Three, three and four digits, separated, with or without the country code 1. */
const northAmerican = `(?:1[-. ])?(?:\\([0-9]{3}\\) ?|[0-9]{3}[-. ])[0-9]{3}[-. ][0-9]{4}${extension}`;
const anyDigits = `\\(?[0-9](?:${gap}{0,2}[0-9]){5,14}${extension}`;
const candidate = new RegExp(
  `(?<![A-Za-z0-9_+]|[0-9A-Za-z][.-]|[0-9][,/:])(?:(${international})|(${northAmerican})|(${anyDigits}))(?![A-Za-z0-9_]|[-.,/:]{1,2}[0-9])`,
  "g",
);

/** Words that announce a number, or stand behind it, in the languages that are most written. */
const announced =
  /(?:\b(?:tele)?(?:phone|fon|fone|fono|fax)\b|\bt[eé]l(?:[eé]phone|[eé]fono|efone)?\b|\b(?:mobil[e]?|cell(?:ular)?|handy|rufnummer|call|dial|sms|whatsapp|hotline|portable|m[oó]vil|celular|ring|anrufen|messages to|num[eé]ro(?: est| es|:)|cellulare|telefoonnummer|puhelin|тел(?:ефон)?)|电话|電話|手机|手機|携帯|전화|휴대폰)[^0-9\n+(]{0,20}$/iu;
const namedBehind = /^[ \\,(-]{1,3}(?:office|fax|mobile|home|cell|work)\b/i;
const looksLikeDate =
  /^(?:[0-9]{4}[-./][0-9]{1,2}[-./][0-9]{1,2}|[0-9]{1,2}[-./][0-9]{1,2}[-./][0-9]{4}(?![0-9]))/;
const looksLikeAddress = /^(?:[0-9]{1,3}\.){3}[0-9]{1,3}$/;

/** Word characters are part of the tail for what stands behind a number. */
const inside = new CharacterClass("0-9A-Za-z +().,/:\\\\-", true);
const begins = new CharacterClass("0-9+(");

/**
 * Telephone numbers: international ones, North American ones written in groups, national ones of
 * `region`, and whatever the text calls a telephone number.
 * @param region country (ISO 3166-1 alpha-2) for national numbers @default undefined (none)
 */
export function phoneDetector(region?: string): Detector {
  const country = region !== undefined && isSupportedCountry(region) ? region : undefined;
  return runDetector({
    name: "phone",
    inside,
    begins,
    // The longest number with an extension is below 80 characters, a word behind it below 12.
    reach: 96,
    sign: /[0-9][0-9 .()/\u00a0\u2011-]{4,}[0-9]/g,
    find(text, from, until, emit) {
      eachMatch(candidate, text, from, until, (match) => {
        const end = match.index + match[0].length;
        if (!isPhone(match, text, end, country)) return undefined;
        emit("phone", match.index, end);
        return end;
      });
    },
  });
}

function isPhone(
  match: RegExpExecArray,
  text: string,
  end: number,
  country: CountryCode | undefined,
): boolean {
  const [number, isInternational, isNorthAmerican] = match;
  if (isInternational !== undefined) return isPossibleInternational(number);
  if (isNorthAmerican !== undefined) return true;
  if (looksLikeDate.test(number) || looksLikeAddress.test(number)) return false;
  // A part of a longer row of numbers.
  if (
    /[0-9] $/.test(text.slice(Math.max(0, match.index - 2), match.index)) ||
    /^ [0-9]/.test(text.slice(end, end + 2))
  )
    return false;
  if (isPrecededBy(text, match.index, announced, 40) || namedBehind.test(text.slice(end, end + 12)))
    return true;
  return country !== undefined && isNational(number, country);
}

function isPossibleInternational(number: string): boolean {
  const plain = number.replace(/\(0\)/, "").replace(/^00/, "+");
  return parsePhoneNumberFromString(plain)?.isPossible() ?? false;
}

/** As it is written within the country: beginning with its trunk prefix 0, or grouped as is usual there. */
function isNational(number: string, country: CountryCode): boolean {
  const parsed = parsePhoneNumberFromString(number, country);
  if (parsed?.isValid() !== true) return false;
  const groups = groupsOf(number);
  if (/^\(?0/.test(number)) return groupsOf(parsed.formatNational()).replaceAll(" ", "").startsWith("0");
  // Digits in one piece could be any count or key.
  return groups.includes(" ") && groups === groupsOf(parsed.formatNational());
}

function groupsOf(number: string): string {
  return (number.match(/[0-9]+/g) ?? []).join(" ");
}
