export type JsonNodeType = "object" | "array" | "property" | "string" | "number" | "boolean" | "null";

/** A value of a JSON text, or a member of an object, and where in the text it stands. */
export class JsonNode {
  readonly type: JsonNodeType;
  /** Of its first character. */
  readonly offset: number;
  /** In characters; the quotes of a string are part of it. */
  readonly length: number;
  /** Of strings (without quotes and escapes), numbers and booleans. */
  readonly value: string | number | boolean | null | undefined;
  /** Items of an array, members of an object; name and value of a member. */
  readonly children: readonly JsonNode[] | undefined;

  constructor(
    type: JsonNodeType,
    offset: number,
    length: number,
    value: JsonNode["value"],
    children: JsonNode["children"],
  ) {
    this.type = type;
    this.offset = offset;
    this.length = length;
    this.value = value;
    this.children = children;
  }
}

const none: readonly JsonNode[] = [];

/** Items of an array; members (each with its name and value as children) of an object. */
export function jsonChildren(node: JsonNode | undefined): readonly JsonNode[] {
  return node?.children ?? none;
}

/** Value of a member. Of several with the name the last, as `JSON.parse` takes it. */
export function memberOf(object: JsonNode | undefined, name: string): JsonNode | undefined {
  if (object?.type !== "object") return undefined;
  const members = jsonChildren(object);
  for (let index = members.length - 1; index >= 0; index--) {
    const pair = members[index]?.children;
    if (pair?.[0]?.value === name) return pair[1];
  }
  return undefined;
}

export function stringValue(node: JsonNode | undefined): string | undefined {
  return node?.type === "string" && typeof node.value === "string" ? node.value : undefined;
}

export function numberValue(node: JsonNode | undefined): number | undefined {
  return node?.type === "number" && typeof node.value === "number" ? node.value : undefined;
}
