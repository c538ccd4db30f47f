import type { Concept, Lexicon } from "./concept.ts";
import { indonesian, thai, turkish, vietnamese } from "./lexicon/asian.ts";
import { chinese, japanese, korean } from "./lexicon/east-asian.ts";
import { english } from "./lexicon/english.ts";
import { dutch, german, scandinavian } from "./lexicon/germanic.ts";
import { finnish, greek, hungarian } from "./lexicon/other-european.ts";
import { french, italian, portuguese, romanian, spanish } from "./lexicon/romance.ts";
import { arabic, bengali, hebrew, hindi, persian } from "./lexicon/semitic-and-indic.ts";
import { czech, polish, russian, ukrainian } from "./lexicon/slavic.ts";
import { WordReader } from "./word-reader.ts";
import { type WordId, WordTrie } from "./word-trie.ts";

/** A meaning of a word, or of a phrase that ends with it. */
export interface Meaning {
  concept: Concept;
  /** The words before it, the nearest first. Empty for a single word. */
  before: readonly WordId[];
  /** Whether it is the word in disguise: turned round, or shifted by 13 letters. */
  disguised: boolean;
}

/** All languages' words together. */
export interface Vocabulary {
  words: WordTrie;
  /** By word; undefined for one that is only part of phrases. */
  meanings: ReadonlyMap<WordId, readonly Meaning[]>;
  /** Words in the longest phrase. */
  longestPhrase: number;
}

const lexicons: readonly Lexicon[] = [
  english,
  german,
  dutch,
  scandinavian,
  spanish,
  portuguese,
  french,
  italian,
  romanian,
  russian,
  ukrainian,
  polish,
  czech,
  greek,
  hungarian,
  finnish,
  turkish,
  arabic,
  hebrew,
  persian,
  hindi,
  bengali,
  chinese,
  japanese,
  korean,
  vietnamese,
  indonesian,
  thai,
];
/** The concepts whose English words are known in disguise too, from this length on. */
const disguisedConcepts: readonly Concept[] = ["override", "instruction", "disclose", "prior", "system"];
const shortestDisguised = 5;

let made: Vocabulary | undefined;

/** The vocabulary; made when it is first asked for. */
export function vocabulary(): Vocabulary {
  made ??= new VocabularyBuilder().build();
  return made;
}

class VocabularyBuilder {
  readonly #words = new WordTrie();
  readonly #meanings = new Map<WordId, Meaning[]>();
  #longestPhrase = 1;
  #parts: number[][] = [];
  readonly #reader = new WordReader(({ characters, length }) =>
    this.#parts.push([...characters.subarray(0, length)]),
  );

  build(): Vocabulary {
    for (const lexicon of lexicons) {
      for (const [concept, terms] of Object.entries(lexicon)) {
        for (const term of terms.split(" ")) this.#add(concept as Concept, term, false);
      }
    }
    for (const concept of disguisedConcepts) {
      for (const term of (english[concept] ?? "").split(" ")) {
        if (term.length < shortestDisguised || term.includes("_")) continue;
        this.#add(concept, rotated(term), true);
        this.#add(concept, [...term].reverse().join(""), true);
      }
    }
    return { words: this.#words, meanings: this.#meanings, longestPhrase: this.#longestPhrase };
  }

  #foldedWords(term: string): number[][] {
    this.#parts = [];
    this.#reader.write(term.replaceAll("_", " ").replaceAll("*", ""));
    this.#reader.finish();
    return this.#parts;
  }

  #add(concept: Concept, term: string, disguised: boolean): void {
    const isStem = term.endsWith("*");
    const parts = this.#foldedWords(term);
    const ids = parts.map((part, index) => this.#words.add(part, isStem && index === parts.length - 1));
    const last = ids.pop();
    if (last === undefined) throw new Error(`the lexicon has a term without letters for ${concept}`);
    this.#longestPhrase = Math.max(this.#longestPhrase, parts.length);
    const known = this.#meanings.get(last) ?? [];
    known.push({ concept, before: ids.reverse(), disguised });
    this.#meanings.set(last, known);
  }
}

function rotated(term: string): string {
  return term.replace(/[a-z]/g, (letter) =>
    String.fromCharCode(((letter.charCodeAt(0) - 97 + 13) % 26) + 97),
  );
}
