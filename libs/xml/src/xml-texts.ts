import { parseDocument } from "./internal/xml-document.ts";
import { type Span, xmlTokens } from "./internal/xml-lexer.ts";
import { XmlError } from "./xml-error.ts";

/** A change: `[start, end)` becomes `text`. */
export interface TextChange extends Span {
  text: string;
}

type PieceKind = "text" | "attribute" | "cdata" | "comment" | "name";

/** Characters of a text and where in the document they were written. */
interface Run {
  /** Offset in the text. */
  at: number;
  length: number;
  written: Span;
  kind: PieceKind;
}

/** A text of a document as whoever parses it reads it: references replaced, pieces of one element put together. */
export class XmlTextValue {
  readonly text: string;
  readonly #runs: readonly Run[];

  constructor(text: string, runs: readonly Run[]) {
    this.text = text;
    this.#runs = runs;
  }

  /**
   * The changes to the document that changes to the text make. What goes over several pieces is replaced in the first
   * and cut from the others.
   * @throws XmlError for one in a name, which can't be changed
   */
  changesOf(changes: readonly TextChange[]): TextChange[] {
    return changes.flatMap(({ start, end, text }) => {
      const touched = this.#runs.filter((run) => run.at < end && run.at + run.length > start);
      return touched.map((run, index) => {
        if (run.kind === "name") throw new XmlError("a name in it would have to be changed");
        // A reference is one character, and goes as a whole.
        const isPlain = run.written.end - run.written.start === run.length;
        const from = isPlain ? run.written.start + Math.max(0, start - run.at) : run.written.start;
        const to = isPlain ? run.written.start + Math.min(run.length, end - run.at) : run.written.end;
        return { start: from, end: to, text: index === 0 ? writtenAs(run.kind, text) : "" };
      });
    });
  }
}

/** All texts of a document: of elements, attributes, comments, instructions, and each name once. @throws XmlError */
export function xmlTexts(source: string): XmlTextValue[] {
  parseDocument(source);
  const texts: TextBuilder[] = [];
  const begun = (): TextBuilder => {
    const builder = new TextBuilder(source);
    texts.push(builder);
    return builder;
  };
  const names = new Set<string>();
  const addName = (place: Span): void => {
    const name = source.slice(place.start, place.end);
    if (names.has(name)) return;
    names.add(name);
    begun().addPlain(place, "name");
  };
  /** The texts of the elements that are open, the innermost last; a document has blanks outside of its root. */
  const open = [begun()];
  for (const token of xmlTokens(source)) {
    switch (token.type) {
      case "open":
        addName(token.name);
        for (const { name, value } of token.attributes) {
          addName(name);
          begun().addWithReferences(value, "attribute");
        }
        if (!token.isEmpty) open.push(begun());
        break;
      case "close":
        open.pop();
        break;
      case "text":
        open.at(-1)?.addWithReferences(token.content, "text");
        break;
      case "cdata":
        open.at(-1)?.addPlain(token.content, "cdata");
        break;
      case "comment":
      case "instruction":
        begun().addPlain(token.content, token.type === "comment" ? "comment" : "name");
        break;
    }
  }
  return texts.flatMap((builder) => builder.build() ?? []);
}

const reference = /&(?:#x([0-9A-Fa-f]+)|#([0-9]+)|(amp|apos|gt|lt|quot));/g;
const predefined: Readonly<Record<string, string>> = { amp: "&", apos: "'", gt: ">", lt: "<", quot: '"' };

class TextBuilder {
  readonly #source: string;
  readonly #runs: Run[] = [];
  #text = "";

  constructor(source: string) {
    this.#source = source;
  }

  addPlain(written: Span, kind: PieceKind): void {
    this.#add(this.#source.slice(written.start, written.end), written, kind);
  }

  addWithReferences({ start, end }: Span, kind: PieceKind): void {
    const written = this.#source.slice(start, end);
    let position = 0;
    for (const match of written.matchAll(reference)) {
      const [whole, hexadecimal, decimal, name = ""] = match;
      const code = hexadecimal === undefined ? Number(decimal) : Number.parseInt(hexadecimal, 16);
      const character = predefined[name] ?? String.fromCodePoint(code);
      this.addPlain({ start: start + position, end: start + match.index }, kind);
      const behind = match.index + whole.length;
      this.#add(character, { start: start + match.index, end: start + behind }, kind);
      position = behind;
    }
    this.addPlain({ start: start + position, end }, kind);
  }

  /** @returns undefined for one that is empty */
  build(): XmlTextValue | undefined {
    return this.#text === "" ? undefined : new XmlTextValue(this.#text, this.#runs);
  }

  #add(text: string, written: Span, kind: PieceKind): void {
    if (text === "") return;
    this.#runs.push({ at: this.#text.length, length: text.length, written, kind });
    this.#text += text;
  }
}

/** A replacement as it has to be written where it comes to stand. */
function writtenAs(kind: PieceKind, text: string): string {
  switch (kind) {
    case "cdata":
      return text.replaceAll("]]>", "]]]]><![CDATA[>");
    case "comment":
      return text.replaceAll("-", "\u2010");
    default:
      return text
        .replaceAll("&", "&amp;")
        .replaceAll("<", "&lt;")
        .replaceAll(">", "&gt;")
        .replaceAll('"', "&quot;")
        .replaceAll("'", "&apos;");
  }
}
