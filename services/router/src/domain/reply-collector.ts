/** The pieces of a streamed reply, as long as they are not too much together. */
export class ReplyCollector {
  readonly #maxBytes: number;
  #pieces: Uint8Array[] = [];
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  add(piece: Uint8Array): void {
    this.#bytes += piece.length;
    if (this.#bytes > this.#maxBytes) this.#pieces = [];
    else this.#pieces.push(piece);
  }

  /** @returns undefined where it was too much */
  whole(): Buffer | undefined {
    return this.#bytes > this.#maxBytes ? undefined : Buffer.concat(this.#pieces);
  }
}
