import { hashText, seededRandom } from "../text-hash.ts";

const maxWords = 256;

/**
 * A vector of length 1 for a text: the sum of a fixed direction for each of its words, so that texts that
 * share words point the same way. The same text gives the same vector.
 */
export function embeddingVector(text: string, dimensions: number): Float32Array {
  const vector = new Float32Array(dimensions);
  const words = text
    .toLowerCase()
    .match(/[\p{L}\p{N}]+/gu)
    ?.slice(0, maxWords) ?? [text];
  for (const word of words) {
    const random = seededRandom(hashText(word));
    for (let index = 0; index < dimensions; index += 1) vector[index] = (vector[index] ?? 0) + random() - 0.5;
  }
  const norm = Math.hypot(...vector) || 1;
  return vector.map((value) => value / norm);
}

/** Numbers with the seven digits that a 32-bit float has. */
export function toNumbers(vector: Float32Array): number[] {
  return Array.from(vector, (value) => Number(value.toPrecision(7)));
}

/** Little-endian 32-bit floats. */
export function toBase64(vector: Float32Array): string {
  return Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength).toString("base64");
}
