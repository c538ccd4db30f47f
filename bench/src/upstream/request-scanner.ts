const headEnd = Buffer.from("\r\n\r\n");
const nothing = Buffer.alloc(0);

/**
 * Counts the requests that end in what comes over an HTTP/1.1 connection. It looks at nothing but their lengths,
 * because the upstream must cost as little as can be beside what is measured.
 */
export class RequestScanner {
  /** What came of a head, or of a line between chunks, that is not whole yet. */
  #rest: Buffer = nothing;
  /** Bytes of a body, or of a chunk with its line end, that are still to come. */
  #skip = 0;
  #isChunked = false;

  /** @returns how many requests have ended with this piece */
  push(piece: Buffer): number {
    let bytes = this.#rest.length === 0 ? piece : Buffer.concat([this.#rest, piece]);
    this.#rest = nothing;
    let ended = 0;
    while (bytes.length > 0) {
      if (this.#skip > 0) {
        const skipped = Math.min(this.#skip, bytes.length);
        this.#skip -= skipped;
        bytes = bytes.subarray(skipped);
        if (this.#skip === 0 && !this.#isChunked) ended++;
        continue;
      }
      const used = this.#isChunked ? this.#readChunkSize(bytes) : this.#readHead(bytes);
      if (used === 0) {
        this.#rest = bytes;
        break;
      }
      bytes = bytes.subarray(used);
      if (this.#skip === 0 && !this.#isChunked) ended++;
    }
    return ended;
  }

  /** @returns the length of the head, 0 when it is not whole */
  #readHead(bytes: Buffer): number {
    const end = bytes.indexOf(headEnd);
    if (end === -1) return 0;
    const head = bytes.toString("latin1", 0, end);
    this.#isChunked = /\r\ntransfer-encoding: *chunked/i.test(head);
    this.#skip = this.#isChunked ? 0 : Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0);
    return end + headEnd.length;
  }

  /** @returns the length of the line with the size, 0 when it is not whole; the last chunk with its empty line */
  #readChunkSize(bytes: Buffer): number {
    const end = bytes.indexOf("\r\n");
    if (end === -1) return 0;
    const size = Number.parseInt(bytes.toString("latin1", 0, end), 16);
    if (size > 0) {
      this.#skip = size + 2;
      return end + 2;
    }
    // Trailers are not sent by anybody who is measured here.
    if (bytes.length < end + 4) return 0;
    this.#isChunked = false;
    return end + 4;
  }
}
