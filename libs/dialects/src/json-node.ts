import { type Node, type ParseError, parseTree } from "jsonc-parser";

/**
 * Parses JSON (RFC 8259, nothing beyond it) to a tree that knows where each value stands. Members of the
 * same name are all there.
 * @throws SyntaxError saying where; never what the text is
 */
export function parseJsonTree(text: string): Node {
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { disallowComments: true, allowTrailingComma: false });
  const [error] = errors;
  if (root === undefined || error !== undefined) {
    throw new SyntaxError(`the JSON is malformed at character ${(error?.offset ?? 0) + 1}`);
  }
  return root;
}

/** Items of an array; members (each with its name and value as children) of an object. */
export function jsonChildren(node: Node | undefined): readonly Node[] {
  return node?.children ?? [];
}

/** Value of a member. Of several with the name the last, as `JSON.parse` takes it. */
export function memberOf(object: Node | undefined, name: string): Node | undefined {
  if (object?.type !== "object") return undefined;
  for (const property of jsonChildren(object).toReversed()) {
    const [key, value] = jsonChildren(property);
    if (key !== undefined && stringValue(key) === name) return value;
  }
  return undefined;
}

export function stringValue(node: Node | undefined): string | undefined {
  return node?.type === "string" && typeof node.value === "string" ? node.value : undefined;
}

export function numberValue(node: Node | undefined): number | undefined {
  return node?.type === "number" && typeof node.value === "number" ? node.value : undefined;
}
