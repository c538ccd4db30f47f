const hashedLength = 4_096;

/** FNV-1a over the length and the first 4,096 characters: enough to tell prompts apart, cheap on large ones. */
export function hashText(text: string): number {
  let hash = (0x811c9dc5 ^ text.length) >>> 0;
  const end = Math.min(text.length, hashedLength);
  for (let index = 0; index < end; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193) >>> 0;
  }
  return hash;
}

/** Numbers from 0 up to 1, the same for the same seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
