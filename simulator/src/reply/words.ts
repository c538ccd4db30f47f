/** How a default reply begins. Each piece is one o200k_base token, punctuation included. */
const greeting = ["Hello", "!", " This", " is", " the", " simulator", " speaking", ":"] as const;

/** Each word is one o200k_base token together with its leading space; a test holds them to it. */
const words = [
  ..." time water light house river garden morning window table market letter music paper bridge summer".split(
    /(?= )/,
  ),
  ..." winter forest silver golden quiet gentle simple bright open early little large small green yellow".split(
    /(?= )/,
  ),
  ..." round clear steady warm cool fresh sweet across along around before behind beyond during inside".split(
    /(?= )/,
  ),
  ..." near over through under with between the and but then while when where because every each some".split(
    /(?= )/,
  ),
  ..." many most other another first second third last next always never often soon again almost".split(
    /(?= )/,
  ),
  ..." together today tomorrow stone field mountain valley ocean island harbor village city street".split(
    /(?= )/,
  ),
  ..." corner station engine wheel clock mirror candle kitchen basket apple bread butter coffee sugar".split(
    /(?= )/,
  ),
  ..." orange lemon cherry flower leaf root branch seed cloud rain snow wind storm thunder".split(/(?= )/),
];

/** Tokens of a reply to which nothing else gives a length. */
export const defaultLength = 20;

/** A word for a seed, with its leading space. */
export function wordAt(seed: number, index: number): string {
  // A step that shares no factor with the number of words visits them all before it repeats one.
  return words[((seed % 9_973) + index * 37) % words.length] ?? " time";
}

/** `length` one-token pieces: a greeting, then words of the seed, then a full stop. */
export function sentence(seed: number, length: number): string[] {
  const pieces: string[] = greeting.slice(0, Math.min(greeting.length, length));
  while (pieces.length < length) pieces.push(wordAt(seed, pieces.length));
  // Right behind the greeting's colon a full stop would make one token with it.
  if (length > greeting.length + 1) pieces[length - 1] = ".";
  return pieces;
}

/** One-token pieces for ever. */
export function* endlessWords(seed: number): Generator<string> {
  for (let index = 0; ; index += 1) yield wordAt(seed, index);
}
