/** The bytes of a stream that have come and not gone yet. */
export class ByteBacklog {
  readonly #pieces: Uint8Array[] = [];
  /** Bytes of the stream before the first piece. */
  #before = 0;

  add(piece: Uint8Array): void {
    this.#pieces.push(piece);
  }

  /** The first `count` bytes of the stream have gone. */
  passed(count: number): void {
    let first = this.#pieces[0];
    while (first !== undefined && this.#before + first.length <= count) {
      this.#before += first.length;
      this.#pieces.shift();
      first = this.#pieces[0];
    }
    if (first === undefined || count <= this.#before) return;
    this.#pieces[0] = first.subarray(count - this.#before);
    this.#before = count;
  }

  /** What is left, in order. */
  take(): Uint8Array {
    return Buffer.concat(this.#pieces.splice(0));
  }
}
