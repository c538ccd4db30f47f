const pieceBytes = 16 * 1024;
const piece = "a word after a word, ".repeat(Math.ceil(pieceBytes / 21)).slice(0, pieceBytes);

/** Pieces (tokens, chunks) of a reply of so many bytes: one for each 16 KiB. */
export function fillerPieceCount(bytes: number): number {
  return Math.ceil(bytes / pieceBytes);
}

/** Text of exactly so many bytes, all of it ASCII. */
export function* fillerPieces(bytes: number): Generator<string> {
  for (let left = bytes; left > 0; left -= pieceBytes) {
    yield left >= pieceBytes ? piece : piece.slice(0, left);
  }
}
