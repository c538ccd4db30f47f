import { JsonNode } from "./json-node.ts";

/** Deeper nesting is refused: whoever walks the tree does so by calling itself. */
const maxDepth = 1000;
/** So many digits are a whole number that a double holds exactly. */
const maxExactDigits = 15;

const quote = 0x22;
const comma = 0x2c;
const colon = 0x3a;
const backslash = 0x5c;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const minus = 0x2d;
const digitZero = 0x30;
const digitNine = 0x39;
const firstPrintable = 0x20;

/**
 * Parses JSON (RFC 8259, nothing beyond it) to a tree that knows where each value stands. Members of the same name
 * are all there. Own, as it is done for every event of every inspected stream: jsonc-parser, which gives the same
 * tree, takes about three times as long, and that was a third of the guard's time (a test compares the two).
 * @throws SyntaxError saying where; never what the text is
 */
export function parseJsonTree(text: string): JsonNode {
  return new JsonTreeParser(text).parse();
}

class JsonTreeParser {
  readonly #text: string;
  #position = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  parse(): JsonNode {
    const root = this.#value();
    this.#next();
    if (this.#position < this.#text.length) this.#fail();
    return root;
  }

  /** Passes over white space. @returns the character that follows; NaN at the end */
  #next(): number {
    for (;;) {
      const code = this.#text.charCodeAt(this.#position);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return code;
      this.#position++;
    }
  }

  #value(): JsonNode {
    const code = this.#next();
    switch (code) {
      case quote:
        return this.#string();
      case openBrace:
        return this.#object();
      case openBracket:
        return this.#array();
      case 0x74:
        return this.#word("true", "boolean", true);
      case 0x66:
        return this.#word("false", "boolean", false);
      case 0x6e:
        return this.#word("null", "null", null);
      default:
        return this.#number();
    }
  }

  #object(): JsonNode {
    const offset = this.#open();
    const members: JsonNode[] = [];
    if (this.#next() !== closeBrace) {
      for (;;) {
        if (this.#next() !== quote) this.#fail();
        const name = this.#string();
        if (this.#next() !== colon) this.#fail();
        this.#position++;
        const value = this.#value();
        const length = value.offset + value.length - name.offset;
        members.push(new JsonNode("property", name.offset, length, undefined, [name, value]));
        if (this.#next() !== comma) break;
        this.#position++;
      }
      if (this.#next() !== closeBrace) this.#fail();
    }
    return this.#close("object", offset, members);
  }

  #array(): JsonNode {
    const offset = this.#open();
    const items: JsonNode[] = [];
    if (this.#next() !== closeBracket) {
      for (;;) {
        items.push(this.#value());
        if (this.#next() !== comma) break;
        this.#position++;
      }
      if (this.#next() !== closeBracket) this.#fail();
    }
    return this.#close("array", offset, items);
  }

  #open(): number {
    if (++this.#depth > maxDepth) this.#fail();
    return this.#position++;
  }

  #close(type: "object" | "array", offset: number, children: JsonNode[]): JsonNode {
    this.#depth--;
    this.#position++;
    return new JsonNode(type, offset, this.#position - offset, undefined, children);
  }

  #string(): JsonNode {
    const text = this.#text;
    const offset = this.#position;
    let escaped = false;
    let end = offset + 1;
    for (let code = text.charCodeAt(end); code !== quote; code = text.charCodeAt(++end)) {
      if (code === backslash) {
        escaped = true;
        end++;
      } else if (!(code >= firstPrintable)) {
        // A control character, or the end of the text.
        this.#position = end;
        this.#fail();
      }
    }
    this.#position = end + 1;
    const value = escaped ? this.#unescaped(offset) : text.slice(offset + 1, end);
    return new JsonNode("string", offset, end + 1 - offset, value, undefined);
  }

  #number(): JsonNode {
    const text = this.#text;
    const offset = this.#position;
    let end = offset;
    let whole = 0;
    let code = text.charCodeAt(end);
    for (; code >= digitZero && code <= digitNine; code = text.charCodeAt(++end))
      whole = whole * 10 + code - digitZero;
    const digits = end - offset;
    const startsWithZero = digits > 1 && text.charCodeAt(offset) === digitZero;
    if (digits === 0 || digits > maxExactDigits || startsWithZero || isNumberPart(code)) {
      while (isNumberPart(code)) code = text.charCodeAt(++end);
      whole = this.#anyNumber(offset, end);
    }
    this.#position = end;
    return new JsonNode("number", offset, end - offset, whole, undefined);
  }

  #anyNumber(offset: number, end: number): number {
    const code = this.#text.charCodeAt(offset);
    // Else an empty text would be parsed, or one that is no number.
    if (code !== minus && !(code >= digitZero && code <= digitNine)) this.#fail();
    return this.#native(offset, end) as number;
  }

  #unescaped(offset: number): string {
    return this.#native(offset, this.#position) as string;
  }

  /** A single value, by the parser of the runtime; its error would say what the text is. */
  #native(offset: number, end: number): unknown {
    try {
      return JSON.parse(this.#text.slice(offset, end));
    } catch {
      this.#position = offset;
      return this.#fail();
    }
  }

  #word(word: string, type: "boolean" | "null", value: boolean | null): JsonNode {
    const offset = this.#position;
    if (!this.#text.startsWith(word, offset)) this.#fail();
    this.#position += word.length;
    return new JsonNode(type, offset, word.length, value, undefined);
  }

  #fail(): never {
    throw new SyntaxError(`the JSON is malformed at character ${this.#position + 1}`);
  }
}

function isNumberPart(code: number): boolean {
  // Digits, and + - . E e
  return (
    (code >= digitZero && code <= digitNine) ||
    code === 0x2b ||
    code === minus ||
    code === 0x2e ||
    code === 0x45 ||
    code === 0x65
  );
}
