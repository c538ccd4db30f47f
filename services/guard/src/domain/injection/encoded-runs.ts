import { CharacterClass } from "../character-class.ts";
import { endOfRun, indexOfRun } from "../long-run.ts";

/** A shorter run is no sentence, in characters. */
const shortestRun = 24;
/** Of a longer run only the beginning is looked at: it is an image or the like. */
const longestRun = 16_384;
const inside = new CharacterClass("A-Za-z0-9+/_=-");
const hexadecimal = /^(?:[0-9a-fA-F]{2})+$/;
const control = /[\p{Cc}--[\t\n\r]]/v;
const utf8 = new TextDecoder("utf-8", { fatal: true });

/** Finds what is encoded in base64 or hexadecimal in a text that arrives in pieces, wherever it is cut. */
export class EncodedRuns {
  readonly #report: (text: string) => void;
  /** Beginning of a run that has not ended, as far as it is looked at. */
  #held = "";

  /** @param report told of each text that was encoded, in turn */
  constructor(report: (text: string) => void) {
    this.#report = report;
  }

  write(piece: string): void {
    let position = 0;
    if (this.#held !== "") {
      position = endOfRun(piece, 0, inside);
      this.#hold(piece.slice(0, position));
      if (position === piece.length) return;
      this.finish();
    }
    for (;;) {
      const start = indexOfRun(piece, position, shortestRun, inside);
      if (start === -1) break;
      position = endOfRun(piece, start + shortestRun, inside);
      this.#hold(piece.slice(start, position));
      if (position === piece.length) return;
      this.finish();
    }
    let tail = piece.length;
    while (tail > position && inside.has(piece.charCodeAt(tail - 1))) tail--;
    this.#hold(piece.slice(tail));
  }

  /** The run that is held has ended. */
  finish(): void {
    const run = this.#held;
    this.#held = "";
    if (run.length < shortestRun) return;
    const text = decoded(run);
    if (text !== undefined) this.#report(text);
  }

  #hold(run: string): void {
    this.#held += run.slice(0, longestRun - this.#held.length);
  }
}

function decoded(held: string): string | undefined {
  // What stands before an equals sign that is no padding is a name.
  const unpadded = held.replace(/={1,2}$/, "");
  const run = unpadded.slice(unpadded.lastIndexOf("=") + 1);
  const bytes = Buffer.from(run, hexadecimal.test(run) ? "hex" : "base64");
  try {
    const text = utf8.decode(bytes);
    return control.test(text) ? undefined : text;
  } catch {
    return undefined;
  }
}
