import type { CombinationTracker } from "./combination-tracker.ts";
import { conceptIndex } from "./combination-tracker.ts";
import type { Concept } from "./concept.ts";
import { latinLookalike, leetLetter } from "./folded-character.ts";
import { roleOf } from "./role-mark.ts";
import { type Meaning, type Vocabulary, vocabulary } from "./vocabulary.ts";
import { type Gap, gap, maxWordLength, type ReadWord } from "./word-reader.ts";
import type { WordId } from "./word-trie.ts";

/** What was read at one place. */
interface Place {
  ids: WordId[];
  position: number;
  beginsClause: boolean;
}

/** Words that an end of a clause, sentence or paragraph counts for in the distance of concepts. */
const distanceOfGap: Readonly<Record<Gap, number>> = { 0: 0, 1: 1, 2: 4, 3: 8 };
/** A negation reaches so many words. */
const negationReach = 2;
/** Fewer single letters in a row are no word that is spelled out. */
const shortestSpelled = 3;
/** In a longer run of letters words are looked for wherever they stand. */
const shortestRun = 14;
const shortestWithinRun = 5;

const orders = new Map<Concept, Concept>([
  ["override", "overrideOrder"],
  ["disclose", "discloseOrder"],
  ["say", "sayOrder"],
]);
const orderIndexes = new Map([...orders].map(([verb, order]) => [conceptIndex(verb), conceptIndex(order)]));
const override = conceptIndex("override");
const overrideOrder = conceptIndex("overrideOrder");
const follow = conceptIndex("follow");
const negation = conceptIndex("negation");
const lead = conceptIndex("lead");
const encoded = conceptIndex("encoded");
const instruction = conceptIndex("instruction");
const instructionLabel = conceptIndex("instructionLabel");
const roles = {
  template: conceptIndex("templateMark"),
  mark: conceptIndex("roleMark"),
  line: conceptIndex("roleLine"),
};
const colon = 0x3a;
/** The digit that stands for an i or an l. */
const one = 0x31;
const letterI = 0x69;
const letterL = 0x6c;
const wideColon = 0xff1a;

/** Tells what the words of a text mean, also where they are disguised, and where in it they stand. */
export class ConceptReader {
  readonly #vocabulary: Vocabulary = vocabulary();
  readonly #tracker: CombinationTracker;
  /** Whether all of the text was encoded. */
  readonly #isEncoded: boolean;
  /** The last places, a ring. */
  readonly #places: Place[];
  #placeCount = 0;
  #position = 0;
  #lastNegation = Number.NEGATIVE_INFINITY;
  #negationBefore = Number.NEGATIVE_INFINITY;
  #leads = true;
  /** Whether a colon follows the word at hand. */
  #isLabel = false;
  /** Whether a sign follows it, or its script has no blanks to tell. */
  #endsClause = false;
  /** Single letters in a row. */
  readonly #letters = new Uint16Array(maxWordLength);
  #letterCount = 0;
  #lettersGap: Gap = gap.none;
  /** The word at hand in Latin letters, and with letters for digits. */
  readonly #plain = new Uint16Array(maxWordLength);
  readonly #letter = new Uint16Array(maxWordLength);

  constructor(tracker: CombinationTracker, isEncoded: boolean) {
    this.#tracker = tracker;
    this.#isEncoded = isEncoded;
    this.#places = Array.from({ length: this.#vocabulary.longestPhrase }, () => ({
      ids: [],
      position: 0,
      beginsClause: false,
    }));
  }

  take(word: ReadWord): void {
    if (word.length === 1 && !word.isUnspaced && !word.isPart) {
      this.#takeLetter(word);
      return;
    }
    this.#endLetters();
    if (word.isUnspaced) this.#takeRun(word);
    else this.#takeWord(word);
  }

  finish(): void {
    this.#endLetters();
  }

  #takeLetter(word: ReadWord): void {
    // Letters of the next word are further apart than those within one.
    if (word.separators !== 1 || this.#letterCount === maxWordLength) this.#endLetters();
    if (this.#letterCount === 0) this.#lettersGap = word.gap;
    this.#letters[this.#letterCount++] = word.characters[0] ?? 0;
  }

  #endLetters(): void {
    const length = this.#letterCount;
    if (length === 0) return;
    this.#letterCount = 0;
    const letters = this.#letters;
    if (length < shortestSpelled) {
      for (let index = 0; index < length; index++) {
        this.#begin(index === 0 ? this.#lettersGap : gap.none, false);
        this.#plain[0] = letters[index] ?? 0;
        this.#vocabulary.words.match(this.#plain, 1, this.#found);
        this.#tell(false);
      }
      return;
    }
    this.#begin(this.#lettersGap, false);
    if (this.#find(letters, length)) this.#tell(true);
    else this.#findWithin(this.#letter, length, shortestSpelled, true);
  }

  #takeWord(word: ReadWord): void {
    this.#begin(word.gap, word.signBefore !== 0);
    this.#isLabel = word.signAfter === colon;
    this.#endsClause = word.signAfter !== 0;
    const { characters, length } = word;
    if (this.#vocabulary.words.match(characters, length, this.#found)) {
      this.#tell(false);
    } else if (this.#isDisguised(word)) {
      if (this.#find(this.#plain, length)) this.#tell(true);
      else if (length >= shortestRun) this.#findWithin(this.#letter, length, shortestWithinRun, true);
    } else if (length >= shortestRun) {
      this.#findWithin(characters, length, shortestWithinRun, false);
    }
    const role = roleOf(word);
    if (role !== undefined) this.#tracker.add(roles[role], this.#position);
  }

  /** Words of a script without blanks. */
  #takeRun(word: ReadWord): void {
    const { characters, length } = word;
    const { words } = this.#vocabulary;
    this.#begin(word.gap, word.signBefore !== 0);
    this.#isLabel = word.signAfter === colon || word.signAfter === wideColon;
    this.#endsClause = true;
    for (let index = 0; index < length; ) {
      const found = words.longestAt(characters, index, length, this.#found);
      if (found > 0) {
        this.#tell(false);
        this.#begin(gap.none, false);
      } else if (index % 2 === 1) {
        // Two characters are about a word.
        this.#position++;
      }
      index += Math.max(1, found);
    }
  }

  #findWithin(characters: Uint16Array, length: number, shortest: number, disguised: boolean): void {
    for (let index = 0; index < length; ) {
      const ids = this.#place().ids;
      const found = this.#vocabulary.words.longestAt(characters, index, length, this.#found);
      if (found >= shortest) {
        this.#tell(disguised);
        this.#begin(gap.none, false);
        index += found;
      } else {
        ids.length = 0;
        index++;
      }
    }
  }

  /** As written, or with digits and signs as letters, which are in `#letter` where nothing is found. */
  #find(characters: Uint16Array, length: number): boolean {
    const { words } = this.#vocabulary;
    if (words.match(characters, length, this.#found)) return true;
    const ones = this.#writeLetters(characters, length, letterL);
    if (ones && words.match(this.#letter, length, this.#found)) return true;
    this.#writeLetters(characters, length, letterI);
    return words.match(this.#letter, length, this.#found);
  }

  /** Writes letters for digits and signs into `#letter`. @returns whether there were ones */
  #writeLetters(characters: Uint16Array, length: number, letterOfOne: number): boolean {
    let ones = false;
    for (let index = 0; index < length; index++) {
      const code = characters[index] ?? 0;
      ones ||= code === one;
      this.#letter[index] = code === one ? letterOfOne : leetLetter(code);
    }
    return ones;
  }

  /** Whether a word mixes Latin letters with such that look like them, or letters with digits; as Latin in `#plain`. */
  #isDisguised({ characters, length }: ReadWord): boolean {
    let latin = 0;
    let others = 0;
    for (let index = 0; index < length; index++) {
      const code = characters[index] ?? 0;
      if (code >= 0x61 && code <= 0x7a) latin++;
      else if (latinLookalike(code) !== code || leetLetter(code) !== code) others++;
      this.#plain[index] = latinLookalike(code);
    }
    return others > 0 && latin + others === length && latin > 0;
  }

  readonly #found = (word: WordId): void => {
    this.#place().ids.push(word);
  };

  #place(): Place {
    return this.#places[this.#placeCount % this.#places.length] as Place;
  }

  #placeBefore(count: number): Place | undefined {
    const index = this.#placeCount - count;
    return index < 0 ? undefined : this.#places[index % this.#places.length];
  }

  /** The next word begins. */
  #begin(before: Gap, followsSign: boolean): void {
    this.#position += 1 + distanceOfGap[before];
    this.#placeCount++;
    const place = this.#place();
    place.ids.length = 0;
    place.position = this.#position;
    place.beginsClause = before >= gap.phrase || followsSign || this.#leads;
    this.#leads = false;
  }

  /** Tells what the words at the present place mean. */
  #tell(disguised: boolean): void {
    for (const id of this.#place().ids) {
      for (const meaning of this.#vocabulary.meanings.get(id) ?? []) {
        if (this.#isThere(meaning)) this.#tellConcept(meaning, disguised || meaning.disguised);
      }
    }
  }

  #isThere({ before }: Meaning): boolean {
    for (let index = 0; index < before.length; index++) {
      const place = this.#placeBefore(index + 1);
      if (place === undefined || !place.ids.includes(before[index] ?? 0)) return false;
    }
    return true;
  }

  #tellConcept({ concept, before }: Meaning, disguised: boolean): void {
    const index = conceptIndex(concept);
    const first = this.#placeBefore(before.length) ?? this.#place();
    if (index === lead) {
      this.#leads = true;
      return;
    }
    if (index === negation) {
      if (this.#lastNegation !== this.#position) this.#negationBefore = this.#lastNegation;
      this.#lastNegation = this.#position;
    }
    const negated = this.#isNegated(first.position);
    if (index === follow && negated) {
      this.#add(override, disguised);
      this.#add(overrideOrder, disguised);
      return;
    }
    const order = orderIndexes.get(index);
    if (order !== undefined && negated) return;
    this.#add(index, disguised);
    if (index === instruction && this.#isLabel) this.#add(instructionLabel, disguised);
    // Some languages have the verb at the end.
    if (order !== undefined && (first.beginsClause || this.#endsClause)) this.#add(order, disguised);
  }

  #isNegated(position: number): boolean {
    const last = this.#lastNegation < position ? this.#lastNegation : this.#negationBefore;
    return position - last <= negationReach;
  }

  #add(concept: number, disguised: boolean): void {
    // Beside the concept itself, so that the two are a combination.
    if (disguised || this.#isEncoded) this.#tracker.add(encoded, this.#position - 0.5);
    this.#tracker.add(concept, this.#position);
  }
}
