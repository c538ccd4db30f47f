/**
 * Longest run without a break that is handed to the tokenizer. Its merging is quadratic in the length of a
 * run: 10 KB of one letter take seconds, 100 KB of Chinese take minutes. Tokens are rarely longer than 16
 * characters, so a cut each 256 adds at most about one token in a hundred (measured in the test beside this file).
 */
export const longestRunChars = 256;

/** A run that the tokenizer would merge as one: letters, marks, digits and signs without white space, or white space alone. */
const runs = new RegExp(`\\S{${longestRunChars}}|\\s{${longestRunChars}}`, "gu");

/** Cuts a text so that no run is longer than {@link longestRunChars}; joined, the pieces are the text. */
export function tokenPieces(text: string): string[] {
  const pieces: string[] = [];
  let start = 0;
  for (const run of text.matchAll(runs)) {
    const end = run.index + run[0].length;
    pieces.push(text.slice(start, end));
    start = end;
  }
  if (start < text.length) pieces.push(text.slice(start));
  return pieces;
}
