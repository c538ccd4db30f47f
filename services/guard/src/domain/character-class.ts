const others = 128;

/** A set of characters: ASCII ones by a table, all others by one answer. */
export class CharacterClass {
  readonly #table = new Uint8Array(others + 1);

  /**
   * @param characters the ASCII characters, ranges as in a regular expression's class: `a-z0-9_`; a `-` stands first or last
   * @param beyondAscii whether all other characters belong to the set too
   */
  constructor(characters: string, beyondAscii = false) {
    const member = new RegExp(`[${characters}]`);
    for (let code = 0; code < others; code++) {
      this.#table[code] = member.test(String.fromCharCode(code)) ? 1 : 0;
    }
    this.#table[others] = beyondAscii ? 1 : 0;
  }

  has(code: number): boolean {
    return this.#table[Math.min(code, others)] === 1;
  }
}

/**
 * Start of the longest end of `text`, within `[from, text.length)` and at most `reach` long, that consists
 * of `inside` characters and begins with a `begins` character: a value that is still arriving can't have
 * begun before it.
 */
export function openTail(
  text: string,
  from: number,
  reach: number,
  inside: CharacterClass,
  begins: CharacterClass,
): number {
  const floor = Math.max(from, text.length - reach);
  let start = text.length;
  while (start > floor && inside.has(text.charCodeAt(start - 1))) start--;
  while (start < text.length && !begins.has(text.charCodeAt(start))) start++;
  return start;
}
