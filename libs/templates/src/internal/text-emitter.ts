import type { Emitter } from "liquidjs";
import { OutputValue } from "./output-value.ts";
import { RenderFailure } from "./render-failure.ts";

/** Puts text of the template and values one after the other. */
export class TextEmitter implements Emitter {
  buffer = "";
  readonly #maxLength: number;

  constructor(maxLength: number) {
    this.#maxLength = maxLength;
  }

  write(chunk: string | OutputValue): void {
    this.buffer += chunk instanceof OutputValue ? chunk.text() : chunk;
    if (this.buffer.length > this.#maxLength) throw tooLong(this.#maxLength);
  }

  result(): string {
    return this.buffer;
  }
}

export function tooLong(maxLength: number): RenderFailure {
  return new RenderFailure("limit", `the result is longer than ${maxLength} characters`);
}
