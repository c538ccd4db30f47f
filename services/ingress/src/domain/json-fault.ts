import { SluiceError } from "@sluice/contracts/sluice-error";
import { type ParseError, parse } from "jsonc-parser";

/**
 * Parses a JSON body.
 * @throws SluiceError `invalid_json` that says where the fault is and quotes nothing of the body
 */
export function parseJsonBody(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new SluiceError("invalid_json", `The request body is not valid JSON ${placeOfFault(text)}.`);
  }
}

/** Searched for only once the engine has refused the text: its own message names no place in a short one. */
function placeOfFault(text: string): string {
  if (text.trim() === "") return "(it is empty)";
  const offset = offsetOfFault(text);
  if (offset === undefined) return "(the place is not known)";
  if (offset >= text.trimEnd().length) return "(it ends too early)";
  const before = text.slice(0, offset);
  const line = before.split("\n").length;
  const column = offset - before.lastIndexOf("\n");
  return `at line ${line}, column ${column} (position ${offset})`;
}

function offsetOfFault(text: string): number | undefined {
  const faults: ParseError[] = [];
  try {
    parse(text, faults, { disallowComments: true, allowTrailingComma: false });
  } catch {
    // Nested too deep for a parser that recurses.
    return undefined;
  }
  return faults[0]?.offset;
}

/**
 * Whether a JSON text is nested deeper than `limit`: `[]` has a depth of 1, `[[{}]]` of 3. Of a text that is no
 * JSON the answer means nothing, but it is given in linear time, and above the limit at once.
 */
export function jsonDepthExceeds(text: string, limit: number): boolean {
  let depth = 0;
  let offset = 0;
  while (offset < text.length) {
    switch (text.charCodeAt(offset)) {
      case 0x22:
        offset = endOfString(text, offset);
        break;
      case 0x5b:
      case 0x7b:
        depth++;
        if (depth > limit) return true;
        break;
      case 0x5d:
      case 0x7d:
        depth--;
        break;
      default:
        break;
    }
    offset++;
  }
  return false;
}

/** Offset of the quote that ends the string which begins at `offset`. Long strings are searched, not walked. */
function endOfString(text: string, offset: number): number {
  let end = text.indexOf('"', offset + 1);
  while (end !== -1) {
    let backslashes = 0;
    while (text.charCodeAt(end - 1 - backslashes) === 0x5c) backslashes++;
    if (backslashes % 2 === 0) return end;
    end = text.indexOf('"', end + 1);
  }
  return text.length;
}
