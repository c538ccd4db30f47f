import { tokenPieces } from "./token-pieces.ts";

/**
 * Counts the tokens of a text piece by piece. When the time is over, what is left is taken to be like what was
 * counted until then, so any text has its count in time.
 * @param countPiece exact count of a piece
 * @param budgetMs time that the count may take
 */
export function countTokens(text: string, countPiece: (piece: string) => number, budgetMs: number): number {
  const endMs = performance.now() + budgetMs;
  let tokens = 0;
  let chars = 0;
  for (const piece of tokenPieces(text)) {
    tokens += countPiece(piece);
    chars += piece.length;
    if (performance.now() > endMs) return Math.ceil((tokens * text.length) / chars);
  }
  return tokens;
}
