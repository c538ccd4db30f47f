import { isIPv6 } from "node:net";
import { CharacterClass } from "../character-class.ts";
import type { Detector, Emit } from "../detector.ts";
import { eachMatch, isPrecededBy, runDetector } from "../run-detector.ts";

const octet = "(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])";
const v4 = new RegExp(
  `(?<![A-Za-z0-9_]|[0-9][.])${octet}(?:\\.${octet}){3}(?![A-Za-z0-9_]|[.][0-9]|-[A-Za-z])`,
  "g",
);
/** `Chrome/120.0.0.0`, `version 1.2.3.4`, `==1.2.3.4`: four numbers that are not an address. */
const version = /(?:[A-Za-z]\/|\bv(?:er(?:sion)?)?[.:]?\s?|[=~^]=\s?)$/i;
const hexPair = /:[0-9A-Fa-f]{0,4}:/g;
const inside = new CharacterClass("0-9A-Fa-f.:-");
const v6Characters = new CharacterClass("0-9A-Fa-f.:");
const begins = new CharacterClass("0-9A-Fa-f:");
const word = new CharacterClass("A-Za-z0-9_:");
const longestV6 = 45;

/** IP addresses, version 4 and 6. */
export function ipAddressDetector(): Detector {
  return runDetector({
    name: "ip_address",
    inside,
    begins,
    reach: 64,
    sign: /[0-9]\.[0-9]{1,3}\.[0-9]|:[0-9A-Fa-f]{0,4}:/g,
    find(text, from, until, emit) {
      eachMatch(v4, text, from, until, (match) => {
        if (isPrecededBy(text, match.index, version, 12)) return undefined;
        const end = match.index + match[0].length;
        emit("ip_address", match.index, end);
        return end;
      });
      findV6(text, from, until, emit);
    },
  });
}

/** Looks at the run of hexadecimal digits, colons and dots around each two colons. */
function findV6(text: string, from: number, until: number, emit: Emit): void {
  let floor = from;
  eachMatch(hexPair, text, from, text.length, (match) => {
    const furthest = Math.max(floor, match.index - 4);
    let start = match.index;
    while (start > furthest && v6Characters.has(text.charCodeAt(start - 1)) && text[start - 1] !== ".")
      start--;
    if (start >= until) return text.length;
    let end = match.index;
    const limit = Math.min(text.length, start + longestV6 + 1);
    while (end < limit && v6Characters.has(text.charCodeAt(end))) end++;
    floor = end;
    if (start > 0 && word.has(text.charCodeAt(start - 1))) return end;
    if (word.has(text.charCodeAt(end))) return end;
    // The full stop or colon of the sentence.
    const address = text.slice(start, end).replace(/(?<!:):$|\.$/, "");
    if (isAddress(address)) emit("ip_address", start, start + address.length);
    return end;
  });
}

/** Leaves out `::` by itself and names such as `abc::def`. */
function isAddress(candidate: string): boolean {
  return /[0-9]/.test(candidate) && isIPv6(candidate);
}
