import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseAllDocuments,
  parseDocument,
  stringify,
  visit,
} from "yaml";
import type { ConfigurationPath, ConfigurationProblem } from "./configuration-problem.ts";

interface ReadDocument {
  document: Document.Parsed;
  lines: LineCounter;
}

/** A YAML document: its values, and where in its file each of them stands. */
export class YamlSource {
  readonly file: string;
  readonly #read: () => ReadDocument;
  /** The values as plain objects, arrays and scalars; undefined when the file can't be read. */
  readonly value: unknown;
  /** What keeps the file from being read, such as bad indentation or a key that stands there twice. */
  readonly syntaxProblems: readonly ConfigurationProblem[];

  /** Reads a file that is one document. */
  static parse(text: string, file: string): YamlSource {
    return YamlSource.#ofDocument(readDocument(text), file);
  }

  /** A value that stands in no file: as YAML it is written when somebody asks for a place in it, and not before. */
  static ofValue(value: unknown, file: string): YamlSource {
    let read: ReadDocument | undefined;
    return new YamlSource(file, () => (read ??= readDocument(stringify(value))), value, []);
  }

  /** Reads a file of any number of documents, set apart by `---`; empty ones are left out. */
  static parseAll(text: string, file: string): YamlSource[] {
    const lines = new LineCounter();
    const documents = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false });
    return [...documents]
      .map((document) => YamlSource.#ofDocument({ document: document as Document.Parsed, lines }, file))
      .filter(({ value }) => value !== null);
  }

  static #ofDocument(read: ReadDocument, file: string): YamlSource {
    const problemAt = (offset: number, message: string): ConfigurationProblem => ({
      file,
      ...positionIn(read.lines, offset),
      path: [],
      message: plainSentence(message),
    });
    const problems = read.document.errors.map((error) => problemAt(error.pos[0], error.message));
    let value: unknown;
    try {
      if (problems.length === 0) value = read.document.toJS();
    } catch (error) {
      // An alias without its anchor, or aliases that multiply beyond measure.
      problems.push(problemAt(0, error instanceof Error ? error.message : String(error)));
    }
    return new YamlSource(file, () => read, value, problems);
  }

  private constructor(
    file: string,
    read: () => ReadDocument,
    value: unknown,
    syntaxProblems: readonly ConfigurationProblem[],
  ) {
    this.file = file;
    this.#read = read;
    this.value = value;
    this.syntaxProblems = syntaxProblems;
  }

  get #document(): Document.Parsed {
    return this.#read().document;
  }

  /** A problem at the value of a path; where there is no such value, at the nearest one around it. */
  problemAt(path: ConfigurationPath, message: string): ConfigurationProblem {
    let node: unknown = this.#document.contents;
    let position = startOf(node);
    for (const step of path) {
      node = childOf(this.#resolve(node), step);
      position = startOf(node) ?? position;
    }
    return { file: this.file, ...this.#position(position ?? 0), path, message };
  }

  /** A problem at the key that a path ends in. */
  problemAtKey(path: ConfigurationPath, message: string): ConfigurationProblem {
    const key = path.at(-1);
    let map: unknown = this.#document.contents;
    for (const step of path.slice(0, -1)) map = childOf(this.#resolve(map), step);
    map = this.#resolve(map);
    const pair = isMap(map) ? map.items.find((item) => keyOf(item.key) === String(key)) : undefined;
    const offset = startOf(pair?.key);
    if (offset === undefined) return this.problemAt(path, message);
    return { file: this.file, ...this.#position(offset), path, message };
  }

  /** A problem at the first place where a text stands as a value; at the document's beginning where there is none. */
  problemAtText(text: string, message: string): ConfigurationProblem {
    let offset: number | undefined;
    visit(this.#document, {
      Scalar: (key, node) => {
        if (key === "key" || String(node.value) !== text) return undefined;
        offset = startOf(node);
        return visit.BREAK;
      },
    });
    return {
      file: this.file,
      ...this.#position(offset ?? startOf(this.#document.contents) ?? 0),
      path: [],
      message,
    };
  }

  #resolve(node: unknown): unknown {
    return isAlias(node) ? node.resolve(this.#document) : node;
  }

  #position(offset: number): { line: number; column: number } {
    return positionIn(this.#read().lines, offset);
  }
}

function readDocument(text: string): ReadDocument {
  const lines = new LineCounter();
  return { document: parseDocument(text, { lineCounter: lines, prettyErrors: false }), lines };
}

function positionIn(lines: LineCounter, offset: number): { line: number; column: number } {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(line, 1), column: Math.max(col, 1) };
}

function childOf(node: unknown, step: string | number): unknown {
  if (isMap(node)) return node.items.find((item) => keyOf(item.key) === String(step))?.value;
  if (isSeq(node) && typeof step === "number") return node.items[step];
  return undefined;
}

function keyOf(key: unknown): string {
  return isScalar(key) ? String(key.value) : String(key);
}

function startOf(node: unknown): number | undefined {
  return (node as Node | null | undefined)?.range?.[0];
}

function plainSentence(message: string): string {
  const [firstLine = ""] = message.split("\n");
  return firstLine.replace(/[.:]$/, "").replace(/^[A-Z](?=[a-z])/, (letter) => letter.toLowerCase());
}
