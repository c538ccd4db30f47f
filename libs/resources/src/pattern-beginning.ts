import { type AST, RegExpParser } from "@eslint-community/regexpp";

/**
 * Whether all that a pattern fits as a whole begins with a text: it is one sequence, and begins with just these
 * characters. A pattern of another form, such as one that begins with a group, counts as one that does not.
 */
export function patternBeginsWith(source: string, beginning: string): boolean {
  return patternBeginning(source).startsWith(beginning);
}

/** The characters that all that a pattern fits as a whole begins with, as far as they stand in it one by one. */
export function patternBeginning(source: string): string {
  const [only, another] = alternativesOf(source);
  if (only === undefined || another !== undefined) return "";
  let beginning = "";
  for (const element of only.elements) {
    if (element.type !== "Character") break;
    beginning += String.fromCodePoint(element.value);
  }
  return beginning;
}

function alternativesOf(source: string): AST.Alternative[] {
  try {
    return new RegExpParser({ ecmaVersion: 2025 }).parsePattern(source, 0, source.length, true).alternatives;
  } catch {
    // Syntax of RE2 alone.
    return [];
  }
}
