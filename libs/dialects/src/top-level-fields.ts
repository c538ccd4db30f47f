import { SluiceError } from "@sluice/contracts/sluice-error";
import { type JSONVisitor, visit } from "jsonc-parser";

/** A field of the outermost object: where its value stands in the text. */
export interface TopLevelField {
  name: string;
  valueOffset: number;
  valueLength: number;
}

export interface TopLevelFields {
  /** Only the asked-for names, in the order of the text; a name that stands twice is listed twice. */
  fields: TopLevelField[];
  /** Offset of the outermost object's closing brace. */
  closingBrace: number;
  /** The outermost object holds no field at all. */
  empty: boolean;
}

/**
 * Finds fields of the outermost object of JSON text without building anything.
 * @throws SluiceError `invalid_json` where the text is not a JSON object.
 */
export function findTopLevelFields(body: string, names: ReadonlySet<string>): TopLevelFields {
  const fields: TopLevelField[] = [];
  let depth = 0;
  let closingBrace = -1;
  let empty = true;
  let open: { name: string; valueOffset: number } | undefined;
  let isJson = true;

  const beginValue = (offset: number): void => {
    if (depth === 1 && open !== undefined && open.valueOffset < 0) open.valueOffset = offset;
  };
  const endValue = (end: number): void => {
    if (depth !== 1 || open === undefined || open.valueOffset < 0) return;
    fields.push({ name: open.name, valueOffset: open.valueOffset, valueLength: end - open.valueOffset });
    open = undefined;
  };
  const begin = (offset: number): void => {
    beginValue(offset);
    depth += 1;
  };
  const visitor: JSONVisitor = {
    onObjectBegin: begin,
    onArrayBegin: (offset) => {
      if (depth === 0) isJson = false;
      begin(offset);
    },
    onObjectEnd: (offset, length) => {
      depth -= 1;
      if (depth === 0) closingBrace = offset;
      endValue(offset + length);
    },
    onArrayEnd: (offset, length) => {
      depth -= 1;
      endValue(offset + length);
    },
    onObjectProperty: (name) => {
      if (depth !== 1) return;
      empty = false;
      open = names.has(name) ? { name, valueOffset: -1 } : undefined;
    },
    onLiteralValue: (_value, offset, length) => {
      beginValue(offset);
      endValue(offset + length);
    },
    onError: () => {
      isJson = false;
    },
  };
  visit(body, visitor, { disallowComments: true, allowTrailingComma: false });
  if (!isJson || closingBrace < 0) {
    throw new SluiceError("invalid_json", "The body is not a JSON object.");
  }
  return { fields, closingBrace, empty };
}

/** A piece of text to put in place of another. */
export interface Splice {
  offset: number;
  length: number;
  text: string;
}

/** Applies splices that do not overlap; every character outside of them stays. */
export function applySplices(body: string, splices: Splice[]): string {
  let result = "";
  let position = 0;
  for (const splice of splices.toSorted((left, right) => left.offset - right.offset)) {
    result += body.slice(position, splice.offset) + splice.text;
    position = splice.offset + splice.length;
  }
  return result + body.slice(position);
}
