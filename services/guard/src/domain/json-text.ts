const quote = 0x22;
const backslash = 0x5c;
const simpleEscapes: Readonly<Record<string, string>> = { b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" };

/** An escape that was read: where the character stands in the read text, and by how much it was longer as written. */
interface ReadEscape {
  offset: number;
  extra: number;
}

/**
 * Reads JSON that stands in a text, arriving in pieces, as a detector should see it: with the escapes in its
 * strings replaced by their characters. Remembers where they were, so that a place in the read text can be
 * found in the written one.
 */
export class JsonText {
  #held = "";
  #readLength = 0;
  #inString = false;
  #escapes: ReadEscape[] = [];
  /** Extra characters of escapes that were forgotten. */
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
        this.#escapes.push({ offset: this.#readLength + read.length, extra: length - 1 });
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
    let extra = this.#forgottenExtra;
    for (const read of this.#escapes) {
      if (read.offset >= offset) break;
      extra += read.extra;
    }
    return offset + extra;
  }

  /** Whether a place in the read text is inside a string. */
  isInString(offset: number): boolean {
    let inside = this.#forgottenInString;
    for (const place of this.#quotes) {
      if (place >= offset) break;
      inside = !inside;
    }
    return inside;
  }

  /** No place before this one will be asked for. */
  forget(offset: number): void {
    let gone = 0;
    for (; (this.#escapes[gone]?.offset ?? offset) < offset; gone++) {
      this.#forgottenExtra += this.#escapes[gone]?.extra ?? 0;
    }
    if (gone > 0) this.#escapes = this.#escapes.slice(gone);
    gone = 0;
    while ((this.#quotes[gone] ?? offset) < offset) gone++;
    if (gone % 2 === 1) this.#forgottenInString = !this.#forgottenInString;
    if (gone > 0) this.#quotes = this.#quotes.slice(gone);
  }
}

function readEscape(written: string): string | undefined {
  const letter = written[1];
  if (letter === undefined) return undefined;
  if (letter !== "u") return simpleEscapes[letter] ?? ('"\\/'.includes(letter) ? letter : undefined);
  return /^\\u[0-9A-Fa-f]{4}$/.test(written)
    ? String.fromCharCode(Number.parseInt(written.slice(2), 16))
    : undefined;
}
