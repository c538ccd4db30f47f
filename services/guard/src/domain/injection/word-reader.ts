import { dropped, foldCharacter, foldSupplementary, isUnspaced, separator } from "./folded-character.ts";

/** How strongly a word is separated from the one before it. */
export const gap = { none: 0, phrase: 1, sentence: 2, paragraph: 3 } as const;
export type Gap = (typeof gap)[keyof typeof gap];

/** A word of a text, valid until the next one is read. */
export interface ReadWord {
  /** Folded characters; `[0, length)` counts. */
  characters: Uint16Array;
  length: number;
  gap: Gap;
  /** Whether it is the first of its line. */
  beginsLine: boolean;
  /** The sign right before it, as a UTF-16 unit; 0 for a blank. */
  signBefore: number;
  /** The sign right behind it. */
  signAfter: number;
  /** Signs and blanks between it and the word before. */
  separators: number;
  /** Part of a longer run of characters without a blank. */
  isPart: boolean;
  /** Whether its characters are of a script without blanks between words. */
  isUnspaced: boolean;
}

/** Longest word, in characters; a longer one is read in overlapping parts. */
export const maxWordLength = 64;
/** Characters that two parts have in common: no word or phrase that is looked for is longer. */
const partOverlap = 16;
const newLine = 0x0a;
const sentenceEnds = new Set(Array.from(".!?;。！？；।؟", (sign) => sign.charCodeAt(0)));
const isBlank = (code: number): boolean =>
  code === 0x20 || code === 0x09 || code === 0x0d || code === 0xa0 || code === 0x3000;

/** Splits a text that arrives in pieces into folded words. What it reports does not depend on where the text is cut. */
export class WordReader {
  readonly #report: (word: ReadWord) => void;
  readonly #word: ReadWord = {
    characters: new Uint16Array(maxWordLength),
    length: 0,
    gap: gap.paragraph,
    beginsLine: true,
    signBefore: 0,
    signAfter: 0,
    separators: 0,
    isPart: false,
    isUnspaced: false,
  };
  #highSurrogate = 0;
  #newLines = 0;

  /** @param report told of each word in turn */
  constructor(report: (word: ReadWord) => void) {
    this.#report = report;
  }

  write(piece: string): void {
    for (let index = 0; index < piece.length; index++) {
      const code = piece.charCodeAt(index);
      // Lower-case ASCII letters are most of most texts.
      if (code >= 0x61 && code <= 0x7a && this.#highSurrogate === 0 && !this.#word.isUnspaced)
        this.#add(code);
      else this.#take(code);
    }
  }

  /** The text is over. */
  finish(): void {
    this.#end(0);
  }

  #take(code: number): void {
    if (code >= 0xd800 && code <= 0xdfff) {
      this.#takeSurrogate(code);
      return;
    }
    this.#highSurrogate = 0;
    this.#takeFolded(foldCharacter(code), code);
  }

  #takeSurrogate(code: number): void {
    if (code < 0xdc00) {
      this.#highSurrogate = code;
      return;
    }
    const high = this.#highSurrogate;
    this.#highSurrogate = 0;
    if (high === 0) return;
    this.#takeFolded(foldSupplementary(((high - 0xd800) << 10) + (code - 0xdc00) + 0x1_0000), code);
  }

  #takeFolded(folded: number, code: number): void {
    if (folded === dropped) return;
    if (folded === separator) this.#separate(code);
    else this.#add(folded);
  }

  #add(folded: number): void {
    const word = this.#word;
    const unspaced = folded >= 0x0e00 && isUnspaced(folded);
    if (word.length === 0) word.isUnspaced = unspaced;
    else if (unspaced !== word.isUnspaced) {
      this.#end(0);
      word.isUnspaced = unspaced;
    } else if (word.length === maxWordLength) this.#endPart();
    word.characters[word.length++] = folded;
  }

  #endPart(): void {
    const word = this.#word;
    word.isPart = true;
    word.signAfter = 0;
    this.#report(word);
    word.characters.copyWithin(0, maxWordLength - partOverlap);
    word.length = partOverlap;
    word.gap = gap.none;
    word.signBefore = 0;
    word.separators = 0;
    word.beginsLine = false;
  }

  #end(sign: number): void {
    const word = this.#word;
    if (word.length === 0) return;
    word.signAfter = sign;
    this.#report(word);
    word.length = 0;
    word.isPart = false;
    word.isUnspaced = false;
    word.gap = gap.none;
    word.signBefore = 0;
    word.separators = 0;
    word.beginsLine = false;
    this.#newLines = 0;
  }

  #separate(code: number): void {
    this.#end(isBlank(code) ? 0 : code);
    const word = this.#word;
    word.separators++;
    if (code === newLine) {
      this.#newLines++;
      word.beginsLine = true;
      word.signBefore = 0;
      word.gap = this.#newLines > 1 ? gap.paragraph : (Math.max(word.gap, gap.phrase) as Gap);
    } else if (isBlank(code)) {
      word.signBefore = 0;
    } else {
      word.signBefore = code;
      const strength = sentenceEnds.has(code) ? gap.sentence : joins(code) ? gap.none : gap.phrase;
      word.gap = Math.max(word.gap, strength) as Gap;
    }
  }
}

/** Signs within words: apostrophes, hyphens, underscores. */
function joins(code: number): boolean {
  return code === 0x27 || code === 0x2019 || code === 0x2d || code === 0x5f;
}
