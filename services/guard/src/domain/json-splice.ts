import type { JsonNode } from "@sluice/dialects/json-node";
import type { TextForm } from "@sluice/dialects/text-channels";
import type { TextEdit } from "./masked-text.ts";

/** What becomes of one value of a JSON text. */
export type ValueChange =
  | { node: JsonNode; form: TextForm; edits: readonly TextEdit[] }
  /** The value goes: `null` stands in its place. */
  | { node: JsonNode; form: "dropped" };

const backslash = "\\";

/** Changes values of a JSON text where they stand; every other character stays as it is. */
export function spliceJson(source: string, changes: readonly ValueChange[]): string {
  const ordered = [...changes].sort((one, other) => one.node.offset - other.node.offset);
  let spliced = "";
  let position = 0;
  for (const change of ordered) {
    const { offset, length } = change.node;
    // A value within one that was dropped.
    if (offset < position) continue;
    spliced += source.slice(position, offset) + changedLiteral(source.slice(offset, offset + length), change);
    position = offset + length;
  }
  return spliced + source.slice(position);
}

function changedLiteral(literal: string, change: ValueChange): string {
  if (change.form === "dropped") return "null";
  if (change.form === "number") return JSON.stringify(applyEdits(literal, change.edits));
  let changed = "";
  let position = 0;
  const place = new LiteralPlace(literal);
  for (const { start, end, text } of change.edits) {
    changed += literal.slice(position, place.of(start)) + JSON.stringify(text).slice(1, -1);
    position = place.of(end);
  }
  return changed + literal.slice(position);
}

/** Applies edits, which are in order and apart, to a plain text. */
export function applyEdits(text: string, edits: readonly TextEdit[]): string {
  let changed = "";
  let position = 0;
  for (const edit of edits) {
    changed += text.slice(position, edit.start) + edit.text;
    position = edit.end;
  }
  return changed + text.slice(position);
}

/** Finds characters of a string in its literal. Asked in ascending order, it walks the literal once. */
class LiteralPlace {
  readonly #literal: string;
  #offset = 0;
  /** Behind the opening quote. */
  #place = 1;

  constructor(literal: string) {
    this.#literal = literal;
  }

  of(offset: number): number {
    for (; this.#offset < offset; this.#offset++) {
      const escaped = this.#literal[this.#place] === backslash;
      this.#place += escaped ? (this.#literal[this.#place + 1] === "u" ? 6 : 2) : 1;
    }
    return this.#place;
  }
}
