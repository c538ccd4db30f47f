import type { ASTNode } from "@marcbachmann/cel-js";
import { CelError } from "./cel-error.ts";
import { expressionsIn } from "./cel-parts.ts";

/** Macros of CEL that go through a list or a map. */
export const loops: ReadonlySet<string> = new Set(["all", "exists", "exists_one", "map", "filter"]);

/**
 * Refuses what could take longer than it looks: a loop within a loop, and values that double by `cel.bind`.
 * @throws CelError
 */
export function refuseCostly(node: ASTNode, within = false): void {
  if (node.op !== "rcall") {
    for (const child of expressionsIn(node.args)) refuseCostly(child, within);
    return;
  }
  const [name, receiver, parameters] = node.args;
  if (name === "bind") throw new CelError("bind can't be used here");
  const isLoop = loops.has(name);
  if (within && isLoop) throw new CelError(`${name} stands within another loop, which could take too long`);
  refuseCostly(receiver, within);
  for (const parameter of parameters) refuseCostly(parameter, within || isLoop);
}
