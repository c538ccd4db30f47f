import { SluiceError } from "@sluice/contracts/sluice-error";

/** A stretch of a stream: with the JSON text of one element, or without where there is none. */
export interface ArrayStretch {
  raw: Uint8Array;
  /** Bytes of `raw` before the element. */
  before: number;
}

const openers = new Set([0x7b, 0x5b]);
const closers = new Set([0x7d, 0x5d]);
const quote = 0x22;
const backslash = 0x5c;

/**
 * Splits a JSON array that arrives in pieces into its elements (objects or arrays), and keeps every byte.
 * Each stretch reaches to the end of its element; what separates elements stands at the beginning of the next.
 */
export class JsonArraySplitter {
  readonly #maxElementBytes: number;
  #open: Uint8Array[] = [];
  #openBytes = 0;
  #depth = 0;
  #inString = false;
  #escaped = false;
  #elementStart = 0;

  /** @param maxElementBytes largest element @default 16 MiB */
  constructor(maxElementBytes = 16 * 1024 * 1024) {
    this.#maxElementBytes = maxElementBytes;
  }

  push(piece: Uint8Array): ArrayStretch[] {
    const stretches: ArrayStretch[] = [];
    let start = 0;
    for (let place = 0; place < piece.length; place++) {
      if (!this.#endsElement(piece[place] ?? 0, this.#openBytes + place - start)) continue;
      const last = piece.subarray(start, place + 1);
      const raw = this.#open.length === 0 ? last : Buffer.concat([...this.#open, last]);
      stretches.push({ raw, before: this.#elementStart });
      this.#open = [];
      this.#openBytes = 0;
      start = place + 1;
    }
    if (start < piece.length) {
      this.#open.push(piece.subarray(start));
      this.#openBytes += piece.length - start;
    }
    if (this.#openBytes > this.#maxElementBytes) {
      throw new SluiceError("provider_invalid_reply", "The provider sent a chunk that is too large.");
    }
    return stretches;
  }

  /** What is left when the stream is over: the end of the array, or an element that was cut. */
  finish(): Uint8Array {
    const rest = Buffer.concat(this.#open);
    this.#open = [];
    this.#openBytes = 0;
    return rest;
  }

  /** @param offset of the byte in the stretch */
  #endsElement(byte: number, offset: number): boolean {
    if (this.#inString) {
      if (this.#escaped) this.#escaped = false;
      else if (byte === backslash) this.#escaped = true;
      else if (byte === quote) this.#inString = false;
      return false;
    }
    if (byte === quote) this.#inString = true;
    else if (openers.has(byte)) {
      // The first opens the array, the next an element.
      if (this.#depth === 1) this.#elementStart = offset;
      this.#depth++;
    } else if (closers.has(byte)) {
      this.#depth--;
      return this.#depth === 1;
    }
    return false;
  }
}
