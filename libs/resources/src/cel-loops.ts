import type { ASTNode } from "@marcbachmann/cel-js";

/** Macros of CEL that go through a list or a map. */
export const celLoops: ReadonlySet<string> = new Set(["all", "exists", "exists_one", "map", "filter"]);

/** Why an expression could take longer than it looks: a loop within a loop, or values that double by `bind`. */
export function costlyMacro(node: ASTNode, within = false): string | undefined {
  if (node.op !== "rcall") return firstOf(expressionsIn(node.args), within);
  const [name, receiver, parameters] = node.args;
  if (name === "bind") return "bind can't be used here";
  if (within && celLoops.has(name)) return `${name} stands within another loop, which could take too long`;
  return costlyMacro(receiver, within) ?? firstOf(parameters, within || celLoops.has(name));
}

function firstOf(nodes: readonly ASTNode[], within: boolean): string | undefined {
  for (const node of nodes) {
    const found = costlyMacro(node, within);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The expressions that an expression is made of. */
export function expressionsIn(value: unknown): ASTNode[] {
  if (Array.isArray(value)) return value.flatMap(expressionsIn);
  return typeof value === "object" && value !== null && "op" in value ? [value as ASTNode] : [];
}
