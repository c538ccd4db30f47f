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
  visit,
} from "yaml";
import type { ConfigurationPath, ConfigurationProblem } from "./configuration-problem.ts";

/** A YAML document: its values, and where in its file each of them stands. */
export class YamlSource {
  readonly file: string;
  readonly #document: Document.Parsed;
  readonly #lines: LineCounter;
  /** The values as plain objects, arrays and scalars; undefined when the file can't be read. */
  readonly value: unknown;
  /** What keeps the file from being read, such as bad indentation or a key that stands there twice. */
  readonly syntaxProblems: readonly ConfigurationProblem[];

  /** Reads a file that is one document. */
  static parse(text: string, file: string): YamlSource {
    const lineCounter = new LineCounter();
    return new YamlSource(parseDocument(text, { lineCounter, prettyErrors: false }), lineCounter, file);
  }

  /** Reads a file of any number of documents, set apart by `---`; empty ones are left out. */
  static parseAll(text: string, file: string): YamlSource[] {
    const lineCounter = new LineCounter();
    const documents = parseAllDocuments(text, { lineCounter, prettyErrors: false });
    return [...documents]
      .map((document) => new YamlSource(document as Document.Parsed, lineCounter, file))
      .filter(({ value }) => value !== null);
  }

  private constructor(document: Document.Parsed, lines: LineCounter, file: string) {
    this.file = file;
    this.#document = document;
    this.#lines = lines;
    const problems = this.#document.errors.map((error) => this.#syntaxProblem(error.pos[0], error.message));
    try {
      if (problems.length === 0) this.value = this.#document.toJS();
    } catch (error) {
      // An alias without its anchor, or aliases that multiply beyond measure.
      problems.push(this.#syntaxProblem(0, error instanceof Error ? error.message : String(error)));
    }
    this.syntaxProblems = problems;
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

  #syntaxProblem(offset: number, message: string): ConfigurationProblem {
    return { file: this.file, ...this.#position(offset), path: [], message: plainSentence(message) };
  }

  #resolve(node: unknown): unknown {
    return isAlias(node) ? node.resolve(this.#document) : node;
  }

  #position(offset: number): { line: number; column: number } {
    const { line, col } = this.#lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  }
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
