import { type AST, RegExpParser } from "@eslint-community/regexpp";

/**
 * Whether all that a pattern fits as a whole begins with a text: it is one sequence, and begins with just these
 * characters. A pattern of another form, such as one that begins with a group, counts as one that does not.
 */
export function patternBeginsWith(source: string, beginning: string): boolean {
  const [only, another] = alternativesOf(source);
  if (only === undefined || another !== undefined) return false;
  return [...beginning].every((character, index) => {
    const element = only.elements[index];
    return element?.type === "Character" && element.value === character.codePointAt(0);
  });
}

function alternativesOf(source: string): AST.Alternative[] {
  try {
    return new RegExpParser({ ecmaVersion: 2025 }).parsePattern(source, 0, source.length, true).alternatives;
  } catch {
    // Syntax of RE2 alone.
    return [];
  }
}
