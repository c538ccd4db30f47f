/** Cuts a text into the pieces in which it is streamed: words with the space before them, or single characters. */
export function splitText(text: string, byCharacter: boolean): string[] {
  if (byCharacter) return Array.from(text);
  return text.match(/\s*\S+|\s+$/g) ?? [];
}

const jsonPieceLength = 12;

/** Cuts JSON into pieces that end in the middle of names and values, as providers stream it. */
export function splitJson(json: string): string[] {
  const pieces: string[] = [];
  for (let at = 0; at < json.length; at += jsonPieceLength) pieces.push(json.slice(at, at + jsonPieceLength));
  return pieces;
}
