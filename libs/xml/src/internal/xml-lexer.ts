import { XmlError } from "../xml-error.ts";
import { xmlNameSource } from "../xml-name.ts";

/** Where in a document something stands; `end` is behind it. */
export interface Span {
  start: number;
  end: number;
}

/** A piece of a document, in the order in which they stand. */
export type XmlToken =
  | { type: "open"; name: Span; attributes: readonly XmlAttribute[]; isEmpty: boolean }
  | { type: "close" }
  /** Text between tags, with references in it; or what is in a CDATA section, as it is. */
  | { type: "text" | "cdata"; content: Span }
  | { type: "comment" | "instruction"; content: Span };

export interface XmlAttribute {
  name: Span;
  /** Without its quotes. */
  value: Span;
}

const name = new RegExp(xmlNameSource, "uy");
const blanks = /[ \t\r\n]*/y;
const equalSign = /[ \t\r\n]*=[ \t\r\n]*/y;

/**
 * Takes a document apart, whatever its depth. What it is made of is known then; whether it is well-formed says the
 * parser.
 * @throws XmlError for what is no XML, and for a document type, which could declare what references stand for
 */
export function* xmlTokens(source: string): Generator<XmlToken> {
  const lexer = new Lexer(source);
  for (let token = lexer.next(); token !== undefined; token = lexer.next()) yield token;
}

class Lexer {
  readonly #source: string;
  #position: number;

  constructor(source: string) {
    this.#source = source;
    this.#position = source.startsWith("\uFEFF") ? 1 : 0;
  }

  next(): XmlToken | undefined {
    const source = this.#source;
    const start = this.#position;
    if (start >= source.length) return undefined;
    if (source[start] !== "<") {
      const end = source.indexOf("<", start);
      this.#position = end < 0 ? source.length : end;
      return { type: "text", content: { start, end: this.#position } };
    }
    if (source.startsWith("<!--", start)) return { type: "comment", content: this.#until(4, "-->") };
    if (source.startsWith("<![CDATA[", start)) return { type: "cdata", content: this.#until(9, "]]>") };
    if (source.startsWith("<?", start)) return { type: "instruction", content: this.#until(2, "?>") };
    if (source.startsWith("<!", start)) throw new XmlError("a document type is not taken");
    if (source.startsWith("</", start)) {
      this.#until(2, ">");
      return { type: "close" };
    }
    return this.#tag();
  }

  #tag(): XmlToken {
    this.#position++;
    const own = this.#name();
    const attributes: XmlAttribute[] = [];
    for (;;) {
      this.#pass(blanks);
      if (this.#source.startsWith("/>", this.#position)) {
        this.#position += 2;
        return { type: "open", name: own, attributes, isEmpty: true };
      }
      if (this.#source[this.#position] === ">") {
        this.#position++;
        return { type: "open", name: own, attributes, isEmpty: false };
      }
      const attribute = this.#name();
      this.#pass(equalSign);
      const quote = this.#source[this.#position];
      if (quote !== '"' && quote !== "'") throw notWellFormed();
      attributes.push({ name: attribute, value: this.#until(1, quote) });
    }
  }

  #name(): Span {
    const start = this.#position;
    if (!this.#pass(name)) throw notWellFormed();
    return { start, end: this.#position };
  }

  #pass(pattern: RegExp): boolean {
    pattern.lastIndex = this.#position;
    if (!pattern.test(this.#source)) return false;
    this.#position = pattern.lastIndex;
    return true;
  }

  /** What stands behind so many characters and before an end, which is passed. */
  #until(skipped: number, end: string): Span {
    const start = this.#position + skipped;
    const found = this.#source.indexOf(end, start);
    if (found < 0) throw notWellFormed();
    this.#position = found + end.length;
    return { start, end: found };
  }
}

export function notWellFormed(): XmlError {
  return new XmlError("it is not well-formed");
}
