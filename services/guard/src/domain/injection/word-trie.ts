/** Words known to a {@link WordTrie}, by number. */
export type WordId = number;

/** No word. */
export const noWord: WordId = -1;

interface TrieNode {
  /** The word that ends here. */
  word: WordId;
  /** The word that begins so, whatever follows. */
  stem: WordId;
  /** Undefined where no longer word goes on. */
  next: Map<number, TrieNode> | undefined;
}

const newNode = (): TrieNode => ({ word: noWord, stem: noWord, next: undefined });

/** Finds known words and stems in folded characters; reads each character of a word once. */
export class WordTrie {
  readonly #root = newNode();
  #count = 0;

  /** @returns the number of the word, the same each time @param isStem words that begin so are meant too */
  add(characters: readonly number[], isStem: boolean): WordId {
    let node = this.#root;
    for (const code of characters) {
      node.next ??= new Map();
      let next = node.next.get(code);
      if (next === undefined) {
        next = newNode();
        node.next.set(code, next);
      }
      node = next;
    }
    if (isStem) {
      if (node.stem === noWord) node.stem = this.#count++;
      return node.stem;
    }
    if (node.word === noWord) node.word = this.#count++;
    return node.word;
  }

  /** The word that `[0, length)` of the characters is, and the longest stem that it begins with, by `report`. */
  match(characters: Uint16Array, length: number, report: (word: WordId) => void): boolean {
    let node: TrieNode | undefined = this.#root;
    let stem = noWord;
    for (let index = 0; index < length; index++) {
      node = node.next?.get(characters[index] ?? 0);
      if (node === undefined) break;
      if (node.stem !== noWord) stem = node.stem;
    }
    if (node !== undefined && node.word !== noWord) report(node.word);
    if (stem !== noWord) report(stem);
    return stem !== noWord || (node !== undefined && node.word !== noWord);
  }

  /** Length of the longest word or stem at `start`, 0 where there is none, its number by `report`. */
  longestAt(characters: Uint16Array, start: number, length: number, report: (word: WordId) => void): number {
    let node: TrieNode | undefined = this.#root;
    let found = noWord;
    let end = start;
    for (let index = start; index < length; index++) {
      node = node.next?.get(characters[index] ?? 0);
      if (node === undefined) break;
      const word = node.word === noWord ? node.stem : node.word;
      if (word === noWord) continue;
      found = word;
      end = index + 1;
    }
    if (found !== noWord) report(found);
    return end - start;
  }
}
