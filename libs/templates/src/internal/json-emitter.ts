import type { Emitter } from "liquidjs";
import { describeJsonError, type JsonProblem } from "./describe-json-error.ts";
import { OutputValue } from "./output-value.ts";
import { RenderFailure } from "./render-failure.ts";
import { tooLong } from "./text-emitter.ts";

const quote = 0x22;
const backslash = 0x5c;
const whitespaceThenColon = /^[ \t\n\r]*:/;
const whitespaceOnly = /^[ \t\n\r]*$/;

/**
 * Puts values into the JSON of a template by where they stand: inside a string as part of it, elsewhere as a whole
 * value.
 *
 * Beside the result it writes a skeleton of it, in which `null` stands for each whole value and `-` for each value
 * inside a string. The skeleton holds the template's text only, so it is short and can be shown. If it is JSON, so is
 * the result: a value takes the place of a value, or of characters of a string. Where a value would not stand alone,
 * as in `1{{ x }}`, or after a backslash, where its first character would mean something else, the skeleton is none.
 */
export class JsonEmitter implements Emitter {
  buffer = "";
  #skeleton = "";
  readonly #maxLength: number;
  #isInString = false;
  /** Whether the next character of the template is escaped. */
  #isEscaped = false;
  #stringHoldsValue = false;
  /** Whether the last string that was closed holds a value, and only whitespace came after it. */
  #followsStringWithValue = false;

  constructor(maxLength: number) {
    this.#maxLength = maxLength;
  }

  write(chunk: string | OutputValue): void {
    if (chunk instanceof OutputValue) this.#writeValue(chunk);
    else this.#writeText(chunk);
    if (this.buffer.length > this.#maxLength) throw tooLong(this.#maxLength);
  }

  /** @throws RenderFailure */
  result(): string {
    const problem = this.problem();
    if (problem !== undefined) {
      throw new RenderFailure("not_json", `the result is not JSON: ${problem.message}, ${problem.excerpt}`);
    }
    return this.buffer;
  }

  /** What keeps the result from being JSON; offsets are those of the skeleton. */
  problem(): JsonProblem | undefined {
    try {
      JSON.parse(this.#skeleton);
      return undefined;
    } catch {
      return describeJsonError(this.#skeleton);
    }
  }

  /** Length of the skeleton so far, in UTF-16 units. */
  get skeletonLength(): number {
    return this.#skeleton.length;
  }

  #writeValue(output: OutputValue): void {
    this.#followsStringWithValue = false;
    if (this.#isInString) {
      this.buffer += JSON.stringify(output.text()).slice(1, -1);
      this.#skeleton += "-";
      this.#stringHoldsValue = true;
    } else {
      this.buffer += output.json();
      this.#skeleton += "null";
    }
  }

  #writeText(text: string): void {
    if (this.#followsStringWithValue) this.#lookForColon(text);
    for (let index = 0; index < text.length; index++) {
      if (this.#isEscaped) {
        this.#isEscaped = false;
        continue;
      }
      const code = text.charCodeAt(index);
      if (code === quote) {
        if (this.#isInString && this.#stringHoldsValue) this.#lookForColon(text.slice(index + 1));
        this.#isInString = !this.#isInString;
        this.#stringHoldsValue = false;
      } else if (code === backslash && this.#isInString) {
        this.#isEscaped = true;
      }
    }
    this.buffer += text;
    this.#skeleton += text;
  }

  /** A name that a value gives could be that of another field, which it would replace. */
  #lookForColon(text: string): void {
    if (whitespaceThenColon.test(text)) {
      throw new RenderFailure("not_json", "a value can't be the name of a field, or part of one");
    }
    this.#followsStringWithValue = whitespaceOnly.test(text);
  }
}
