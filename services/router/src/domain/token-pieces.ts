/**
 * Longest run without a break that is handed to the tokenizer. Its merging is quadratic in the length of a
 * run: 10 KB of one letter take seconds, 100 KB of Chinese take minutes. Tokens are rarely longer than 16
 * characters, so a cut each 256 adds at most about one token in a hundred (measured in the test beside this file).
 */
export const longestRunChars = 256;

/**
 * Longest piece, so that whoever counts can stop between two. Text is cut before a space between words, where
 * the tokenizer cuts it too, so this changes no count.
 */
export const longestPieceChars = 16_384;

/** A run that the tokenizer would merge as one: letters, marks, digits and signs without white space, or white space alone. */
const runs = new RegExp(`\\S{${longestRunChars}}|\\s{${longestRunChars}}`, "gu");
const wordStart = /(?<=\S) (?=\S)/g;

/** Cuts a text so that no run is longer than {@link longestRunChars}; joined, the pieces are the text. */
export function* tokenPieces(text: string): Generator<string, void, void> {
  let start = 0;
  for (const run of text.matchAll(runs)) {
    const end = run.index + run[0].length;
    yield* atWords(text.slice(start, end));
    start = end;
  }
  if (start < text.length) yield* atWords(text.slice(start));
}

function* atWords(text: string): Generator<string, void, void> {
  let start = 0;
  while (text.length - start > longestPieceChars) {
    wordStart.lastIndex = start + longestPieceChars;
    const end = wordStart.exec(text)?.index;
    if (end === undefined) break;
    yield text.slice(start, end);
    start = end;
  }
  if (start < text.length) yield text.slice(start);
}
