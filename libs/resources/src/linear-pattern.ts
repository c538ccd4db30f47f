import { type AST, RegExpParser, RegExpSyntaxError } from "@eslint-community/regexpp";
import { RE2JS, RE2JSException } from "re2js";
import { LinearPatternError } from "./linear-pattern-error.ts";
import { measurePattern } from "./pattern-length.ts";
import { viablePrefixSource } from "./pattern-prefix.ts";

/** Longest pattern that an administrator may write, in characters. */
export const maxPatternLength = 1_000;

/** A pattern that can be searched in time proportional to the text, whatever it says. */
export interface LinearPattern {
  readonly source: string;
  readonly expression: RE2JS;
  /** Finds the leftmost place of a text from which its end could still be the beginning of a match. */
  readonly prefixAtEnd: RE2JS;
  /** Longest match in UTF-16 units; `undefined` when the pattern sets no bound. */
  readonly maxLength: number | undefined;
}

const inlineFlags = /^\(\?[ims]+\)/;
const punctuationEscape = /\\(.)/gsu;
const syntaxCharacters = new Set("^$\\.*+?()[]{}|/");

/**
 * Compiles a pattern to an automaton that does not backtrack.
 *
 * The syntax is what RE2 and ECMAScript have in common, with an optional leading `(?i)`, `(?m)`, `(?s)`.
 * Lookaround and back references do not exist in it: they are what makes searching super-linear.
 * @throws LinearPatternError with the reason and, where known, the place
 */
export function compileLinearPattern(source: string): LinearPattern {
  if (source.length > maxPatternLength) {
    throw new LinearPatternError(`it is longer than ${maxPatternLength} characters`);
  }
  const flags = inlineFlags.exec(source)?.[0] ?? "";
  const body = portableEscapes(source.slice(flags.length));
  const tree = parsePattern(body, flags.length);
  const { min, max } = measurePattern(tree);
  if (min === 0) throw new LinearPatternError("it matches an empty text, so it would match everywhere");
  try {
    return {
      source,
      expression: RE2JS.compile(flags + body),
      prefixAtEnd: RE2JS.compile(`${flags}(?:${viablePrefixSource(tree)})\\z`),
      maxLength: Number.isFinite(max) ? max : undefined,
    };
  } catch (thrown) {
    if (!(thrown instanceof RE2JSException)) throw thrown;
    throw new LinearPatternError(thrown.message.replace(/^error parsing regexp: /, ""));
  }
}

function parsePattern(body: string, offset: number): AST.Pattern {
  try {
    return new RegExpParser({ ecmaVersion: 2025 }).parsePattern(body, 0, body.length, true);
  } catch (thrown) {
    if (!(thrown instanceof RegExpSyntaxError)) throw thrown;
    const reason = thrown.message
      .replace(/^Invalid regular expression: \/.*\/[a-z]*: /s, "")
      .replace(/^[A-Z](?=[a-z])/, (letter) => letter.toLowerCase());
    throw new LinearPatternError(`${reason} at character ${thrown.index + offset + 1}`);
  }
}

/** RE2 lets any punctuation be escaped, ECMAScript's unicode mode does not; both read `\xHH`. */
function portableEscapes(body: string): string {
  return body.replace(punctuationEscape, (written, character: string) => {
    const code = character.codePointAt(0) ?? 0;
    const isPunctuation = code > 0x20 && code < 0x7f && !/[A-Za-z0-9]/.test(character);
    if (!isPunctuation || syntaxCharacters.has(character)) return written;
    return `\\x${code.toString(16).padStart(2, "0")}`;
  });
}
