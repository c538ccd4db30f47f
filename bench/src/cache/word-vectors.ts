import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { z } from "zod";

export const wordVectorFile = fileURLToPath(new URL("../../data/word-vectors.json", import.meta.url));

/** A word's place by how often it is used, and its vector: signed bytes in base64, of which the largest stands for `largest`. */
export const wordVectorsSchema = z.strictObject({
  dimensions: z.int().positive(),
  words: z.record(z.string(), z.tuple([z.int().nonnegative(), z.number().positive(), z.base64()])),
});
export type WordVectors = z.infer<typeof wordVectorsSchema>;

/** How much less common words count: a / (a + p), p being the share of a word in all text (Arora et al. 2017). */
const commonness = 1e-3;
/** Zipf's law: the share of the word of rank r is about 1 / (13 r). */
const zipf = 13;

export function readWordVectors(): WordVectors {
  return wordVectorsSchema.parse(JSON.parse(readFileSync(wordVectorFile, "utf8")));
}

/** The words of a text, in lower case. */
export function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
}

/**
 * The vector of a text: that of its words, the less common of them counting more. It knows nothing of their order. A word
 * without a vector is left out.
 */
export function textVector({ words, dimensions }: WordVectors, text: string): number[] {
  const sum = new Array<number>(dimensions).fill(0);
  for (const word of wordsOf(text)) {
    const found = words[word];
    if (found === undefined) continue;
    const [rank, largest, bytes] = found;
    const weight = commonness / (commonness + 1 / (zipf * (rank + 1)));
    const vector = new Int8Array(Buffer.from(bytes, "base64"));
    for (const [index, value] of vector.entries()) {
      sum[index] = (sum[index] ?? 0) + (weight * value * largest) / 127;
    }
  }
  const length = Math.hypot(...sum) || 1;
  return sum.map((value) => value / length);
}
