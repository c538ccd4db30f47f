import type { FrameContents, OutgoingFrame } from "./frame.ts";

/** Data frames are cut to this, well below the server's limit of 1 MB, so that one stream can't hold up the others. */
export const maxDataFrameBytes = 64 * 1024;

/** The frames of a reply that were written in this turn of the event loop, numbered and not yet sent. */
export class PendingFrames {
  #frames: OutgoingFrame[] = [];
  #openPieces: Uint8Array[] | undefined;
  #openPiecesBytes = 0;
  #sequence = 0;

  get empty(): boolean {
    return this.#frames.length === 0;
  }

  head(content: FrameContents["head"]): void {
    this.#push({ type: "head", sequence: this.#sequence++, content });
  }

  end(content: FrameContents["end"]): void {
    this.#push({ type: "end", sequence: this.#sequence++, content });
  }

  error(content: FrameContents["error"]): void {
    this.#push({ type: "error", sequence: this.#sequence++, content });
  }

  /** Data of one turn goes on in one frame, as far as that has room. @returns whether it began a frame */
  data(bytes: Uint8Array): boolean {
    if (this.#openPieces !== undefined && this.#openPiecesBytes + bytes.length <= maxDataFrameBytes) {
      this.#openPieces.push(bytes);
      this.#openPiecesBytes += bytes.length;
      return false;
    }
    const pieces = [bytes];
    this.#push({ type: "data", sequence: this.#sequence++, content: pieces });
    this.#openPieces = pieces;
    this.#openPiecesBytes = bytes.length;
    return true;
  }

  /** A heartbeat repeats the number of the frame to come. */
  heartbeat(): void {
    this.#frames.push({ type: "heartbeat", sequence: this.#sequence, content: undefined });
  }

  drop(): void {
    this.#frames = [];
    this.#openPieces = undefined;
  }

  take(): OutgoingFrame[] {
    const frames = this.#frames;
    this.drop();
    return frames;
  }

  #push(frame: OutgoingFrame): void {
    this.#openPieces = undefined;
    this.#frames.push(frame);
  }
}
