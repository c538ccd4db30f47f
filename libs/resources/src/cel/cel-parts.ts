import type { ASTNode } from "@marcbachmann/cel-js";

/** The expressions that an expression is made of. */
export function expressionsIn(value: unknown): ASTNode[] {
  if (Array.isArray(value)) return value.flatMap(expressionsIn);
  return typeof value === "object" && value !== null && "op" in value ? [value as ASTNode] : [];
}

/** The text that is written out as an expression; undefined for what is none. */
export function writtenText(node: ASTNode | undefined): string | undefined {
  return node?.op === "value" && typeof node.args === "string" ? node.args : undefined;
}
