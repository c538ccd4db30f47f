import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from "yaml";
import type { ConfigurationPath, ConfigurationProblem } from "./configuration-problem.ts";

/** A YAML file: its values, and where in the file each of them stands. */
export class YamlSource {
  readonly file: string;
  readonly #document: Document.Parsed;
  readonly #lines = new LineCounter();
  /** The values as plain objects, arrays and scalars; undefined when the file can't be read. */
  readonly value: unknown;
  /** What keeps the file from being read, such as bad indentation or a key that stands there twice. */
  readonly syntaxProblems: readonly ConfigurationProblem[];

  constructor(text: string, file: string) {
    this.file = file;
    this.#document = parseDocument(text, { lineCounter: this.#lines, prettyErrors: false });
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
