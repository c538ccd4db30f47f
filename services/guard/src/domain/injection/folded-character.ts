/** The character separates words. */
export const separator = 0;
/** The character is not seen: zero-width ones, accents and vowel points. */
export const dropped = 1;

const unknown = 0xffff;
const invisible = /\p{Default_Ignorable_Code_Point}/u;
/**
 * Marks that are left out in writing, that are put on letters to disguise them, or that some write as part of the
 * letter (nukta); other scripts' marks are vowels.
 */
const omissibleMark =
  /[[\p{Mn}\p{Me}]&&[\p{Script=Inherited}\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Cyrillic}\u093c\u09bc]]/v;
const wordCharacter = /[\p{L}\p{N}\p{M}@$]/u;
/** What the runtime's normalisation leaves apart. */
const lookalikes = new Map(
  Object.entries({
    ı: "i",
    ł: "l",
    đ: "d",
    ø: "o",
    æ: "a",
    œ: "o",
    ß: "s",
    þ: "t",
    ð: "d",
    ħ: "h",
    ɡ: "g",
    ɑ: "a",
    ɩ: "i",
    ʀ: "r",
    ᴀ: "a",
    ʙ: "b",
    ᴄ: "c",
    ᴅ: "d",
    ᴇ: "e",
    ꜰ: "f",
    ɢ: "g",
    ʜ: "h",
    ɪ: "i",
    ᴊ: "j",
    ᴋ: "k",
    ʟ: "l",
    ᴍ: "m",
    ɴ: "n",
    ᴏ: "o",
    ᴘ: "p",
    ꜱ: "s",
    ᴛ: "t",
    ᴜ: "u",
    ᴠ: "v",
    ᴡ: "w",
    ʏ: "y",
    ᴢ: "z",
  }),
);
const cyrillicAndGreek: Readonly<Record<string, string>> = {
  а: "a",
  в: "b",
  с: "c",
  ԁ: "d",
  е: "e",
  һ: "h",
  і: "i",
  ј: "j",
  к: "k",
  ӏ: "l",
  м: "m",
  н: "h",
  о: "o",
  р: "p",
  ѕ: "s",
  т: "t",
  у: "y",
  ѵ: "v",
  ѡ: "w",
  х: "x",
  г: "r",
  п: "n",
  ԛ: "q",
  ԝ: "w",
  α: "a",
  β: "b",
  γ: "y",
  ε: "e",
  η: "n",
  ι: "i",
  κ: "k",
  ν: "v",
  ο: "o",
  ρ: "p",
  σ: "o",
  τ: "t",
  υ: "u",
  χ: "x",
  ω: "w",
};

const folded = new Uint16Array(0x1_0000).fill(unknown);

/**
 * A character as it is compared: its letter in lower case and without accents, full-width, circled and other
 * styled letters as plain ones.
 * @param code a UTF-16 unit that is no surrogate
 * @returns a UTF-16 unit, `separator` or `dropped`
 */
export function foldCharacter(code: number): number {
  const known = folded[code] ?? separator;
  if (known !== unknown) return known;
  const value = fold(String.fromCharCode(code));
  folded[code] = value;
  return value;
}

/** As {@link foldCharacter}, of a character beyond the basic plane. Tag characters are the ASCII ones that they hide. */
export function foldSupplementary(codePoint: number): number {
  if (codePoint >= 0xe_0020 && codePoint <= 0xe_007e) return foldCharacter(codePoint - 0xe_0000);
  const plain = String.fromCodePoint(codePoint).normalize("NFKD");
  if (plain.codePointAt(0) !== codePoint) return foldCharacter(plain.charCodeAt(0));
  return variationSelector(codePoint) ? dropped : separator;
}

function variationSelector(codePoint: number): boolean {
  return codePoint >= 0xe_0000 && codePoint <= 0xe_01ef;
}

function fold(character: string): number {
  if (invisible.test(character) || omissibleMark.test(character)) return dropped;
  // The parts of Hangul and kana are no letters by themselves.
  const form = isComposed(character.charCodeAt(0)) ? "NFKC" : "NFKD";
  const plain = character.normalize(form).toLowerCase().normalize(form).charAt(0);
  if (!wordCharacter.test(plain)) return separator;
  return (lookalikes.get(plain) ?? plain).charCodeAt(0);
}

function isComposed(code: number): boolean {
  return (code >= 0x3040 && code <= 0x30ff) || (code >= 0xac00 && code <= 0xd7a3);
}

/** Whether the script writes no blanks between words, or (Hangul) leaves them out at will. */
export function isUnspaced(code: number): boolean {
  if (code < 0x0e00) return false;
  return (
    code <= 0x0eff ||
    (code >= 0x1000 && code <= 0x109f) ||
    (code >= 0x1780 && code <= 0x17ff) ||
    (code >= 0x3040 && code <= 0x30ff) ||
    (code >= 0x3400 && code <= 0x9fff) ||
    (code >= 0xac00 && code <= 0xd7a3)
  );
}

const likeLatin = new Map(
  Object.entries(cyrillicAndGreek).map(([letter, latin]) => [letter.charCodeAt(0), latin.charCodeAt(0)]),
);

/** The Latin letter that a Cyrillic or Greek one looks like; others as they are. */
export function latinLookalike(code: number): number {
  return likeLatin.get(code) ?? code;
}

const spelled = new Map(
  Object.entries({ 0: "o", 1: "i", 3: "e", 4: "a", 5: "s", 7: "t", 8: "b", 9: "g", "@": "a", $: "s" }).map(
    ([sign, letter]) => [sign.charCodeAt(0), letter.charCodeAt(0)],
  ),
);

/** The letter that a digit or sign stands for in words such as `1gn0r3`; others as they are. */
export function leetLetter(code: number): number {
  return spelled.get(code) ?? code;
}
