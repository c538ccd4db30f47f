import { CharacterClass } from "../character-class.ts";
import type { Detector, Emit } from "../detector.ts";
import { runDetector } from "../run-detector.ts";

const maxLocalLength = 64;
const maxDomainLength = 190;

/** Of the characters that RFC 5321 allows before the `@`, those that are used; `/` and `=` join addresses to what is around them. */
const localCharacters = new CharacterClass("A-Za-z0-9._%+'-");
const inside = new CharacterClass("A-Za-z0-9._%+'@-", true);
const begins = new CharacterClass("A-Za-z0-9_%+'", true);
const label = "[A-Za-z0-9\\u00c0-\\u024f](?:[A-Za-z0-9\\u00c0-\\u024f-]{0,62}[A-Za-z0-9\\u00c0-\\u024f])?";
const domain = new RegExp(`^${label}(?:\\.${label})+`);
const topLevel = /\.(?:xn--[a-z0-9-]{2,}|[a-z\u00c0-\u024f]{2,24})$/i;
/** `icon@2x.png` and its like: a density, not a host. */
const imageDensity = /^\dx\.[a-z]{3,4}$/i;

function isLocal(code: number): boolean {
  return localCharacters.has(code) || (code >= 0xc0 && code <= 0x24f && code !== 0xd7 && code !== 0xf7);
}

/** E-mail addresses, looked for around each `@`. */
export function emailDetector(): Detector {
  return runDetector({
    name: "email",
    inside,
    begins,
    sign: /@/g,
    find,
  });
}

function find(text: string, from: number, until: number, emit: Emit): void {
  let floor = from;
  for (let at = text.indexOf("@", from); at !== -1; at = text.indexOf("@", at + 1)) {
    const start = localStart(text, at, floor);
    if (start >= until) return;
    const end = start < at ? domainEnd(text, at + 1) : undefined;
    if (end === undefined) continue;
    // `git@host:path` is how a repository is named.
    if (text.slice(start, at) === "git" && text[end] === ":") continue;
    emit("email", start, end);
    floor = end;
  }
}

function localStart(text: string, at: number, floor: number): number {
  const furthest = Math.max(floor, at - maxLocalLength);
  let start = at;
  while (start > furthest && isLocal(text.charCodeAt(start - 1))) start--;
  while (start < at && ".'%+-".includes(text.charAt(start))) start++;
  return start;
}

function domainEnd(text: string, start: number): number | undefined {
  const name = domain.exec(text.slice(start, start + maxDomainLength))?.[0];
  if (name === undefined || !topLevel.test(name) || imageDensity.test(name)) return undefined;
  return start + name.length;
}
