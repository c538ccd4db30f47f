const quote = 0x22;
const backslash = 0x5c;
const simpleEscapes: Readonly<Record<string, string>> = { b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" };

/**
 * Reads JSON that stands in a text, arriving in pieces, as a detector should see it: with the escapes in its
 * strings replaced by their characters. Remembers where they were, so that a place in the read text can be
 * found in the written one.
 */
export class JsonText {
  #held = "";
  #readLength = 0;
  #inString = false;
  /** Where the characters of escapes stand in the read text, and how many more were written up to there. */
  #escapes: number[] = [];
  #extras: number[] = [];
  #extra = 0;
  #forgottenExtra = 0;
  /** Offsets in the read text of the quotes that open or close strings. */
  #quotes: number[] = [];
  #forgottenInString = false;

  /** @returns the next piece as read; an escape that is not whole waits, unless the text is `final` */
  write(piece: string, final: boolean): string {
    const written = this.#held + piece;
    this.#held = "";
    let read = "";
    let start = 0;
    for (let index = 0; index < written.length; index++) {
      const code = written.charCodeAt(index);
      if (code === quote) {
        this.#quotes.push(this.#readLength + read.length + index - start);
        this.#inString = !this.#inString;
      } else if (code === backslash && this.#inString) {
        const length = written[index + 1] === "u" ? 6 : 2;
        if (index + length > written.length && !final) {
          this.#held = written.slice(index);
          read += written.slice(start, index);
          start = written.length;
          break;
        }
        const character = readEscape(written.slice(index, index + length));
        if (character === undefined) continue;
        read += written.slice(start, index);
        this.#extra += length - 1;
        this.#escapes.push(this.#readLength + read.length);
        this.#extras.push(this.#extra);
        read += character;
        index += length - 1;
        start = index + 1;
      }
    }
    read += written.slice(start);
    this.#readLength += read.length;
    return read;
  }

  /** Offset in the written text of a place in the read one. */
  toWritten(offset: number): number {
    const before = countBelow(this.#escapes, offset);
    return offset + (before === 0 ? this.#forgottenExtra : (this.#extras[before - 1] ?? 0));
  }

  /** Whether a place in the read text is inside a string. */
  isInString(offset: number): boolean {
    const isOdd = countBelow(this.#quotes, offset) % 2 === 1;
    return isOdd !== this.#forgottenInString;
  }

  /** No place before this one will be asked for. */
  forget(offset: number): void {
    const escapes = countBelow(this.#escapes, offset);
    if (escapes > 0) {
      this.#forgottenExtra = this.#extras[escapes - 1] ?? 0;
      this.#escapes = this.#escapes.slice(escapes);
      this.#extras = this.#extras.slice(escapes);
    }
    const quotes = countBelow(this.#quotes, offset);
    if (quotes % 2 === 1) this.#forgottenInString = !this.#forgottenInString;
    if (quotes > 0) this.#quotes = this.#quotes.slice(quotes);
  }
}

/** How many of the ascending numbers are below a limit. */
function countBelow(ascending: readonly number[], limit: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ascending[middle] ?? limit) < limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

function readEscape(written: string): string | undefined {
  const letter = written[1];
  if (letter === undefined) return undefined;
  if (letter !== "u") return simpleEscapes[letter] ?? ('"\\/'.includes(letter) ? letter : undefined);
  return /^\\u[0-9A-Fa-f]{4}$/.test(written)
    ? String.fromCharCode(Number.parseInt(written.slice(2), 16))
    : undefined;
}
