import type { ASTNode } from "@marcbachmann/cel-js";
import { expressionsIn } from "./cel-parts.ts";
import { loops } from "./refuse-costly.ts";
import type { ChargingName } from "./work-budget.ts";

/** Functions on texts that take time in proportion to what they look for, not to the text. */
const atAnEnd: ReadonlySet<string> = new Set(["startsWith", "endsWith"]);
/** Functions on texts that do no more than look. */
const looking: ReadonlySet<string> = new Set([...atAnEnd, "contains", "indexOf", "lastIndexOf", "substring"]);
const comparisons: ReadonlySet<string> = new Set(["==", "!=", "<", "<=", ">", ">="]);

/**
 * Charges, in the loops of an expression, for what they look through: each value that takes time in proportion to its
 * size is put into a call that charges for it. What stands in no loop is done once.
 * @param charge gives the call that charges for an expression
 */
export function chargeInLoops(node: ASTNode, charge: (name: ChargingName, node: ASTNode) => ASTNode): void {
  visit(node, false);

  function visit(visited: ASTNode, within: boolean): void {
    const parameters = loopParametersOf(visited);
    for (const child of expressionsIn(visited.args)) {
      if (!parameters.includes(child)) visit(child, within);
    }
    for (const parameter of parameters) visit(parameter, true);
    if (within) chargeOperands(visited);
  }

  function chargeOperands(consumer: ASTNode): void {
    switch (consumer.op) {
      case "rcall": {
        const [name, receiver, given] = consumer.args;
        if (loops.has(name)) return;
        if (!atAnEnd.has(name)) consumer.args[1] = charged(weightOf(name), receiver);
        for (const [index, argument] of given.entries()) given[index] = charged("looked", argument);
        return;
      }
      case "call": {
        const [name, given] = consumer.args;
        if (name === "has") return;
        for (const [index, argument] of given.entries()) given[index] = charged(weightOf(name), argument);
        return;
      }
      case "in":
        consumer.args[1] = charged("member", consumer.args[1]);
        return;
      case "+":
        for (const side of [0, 1] as const) consumer.args[side] = charged("looked", consumer.args[side]);
        return;
      default:
        if (!comparisons.has(consumer.op)) return;
        chargeComparison(consumer.args as [ASTNode, ASTNode]);
    }
  }

  /** One that has a written value on a side takes no longer than that is long. */
  function chargeComparison(sides: [ASTNode, ASTNode]): void {
    if (sides.some(isWritten)) return;
    sides[0] = charge("left", sides[0]);
    sides[1] = charge("right", sides[1]);
  }

  function charged(name: ChargingName, value: ASTNode): ASTNode {
    return isWritten(value) ? value : charge(name, value);
  }
}

function weightOf(name: string): ChargingName {
  if (name.startsWith("matches")) return "sought";
  if (name === "size") return "measured";
  return looking.has(name) ? "looked" : "made";
}

/** What a loop does for each entry. */
function loopParametersOf(node: ASTNode): ASTNode[] {
  return node.op === "rcall" && loops.has(node.args[0]) ? node.args[2] : [];
}

/** Whether it stands in the expression as it is, which bounds it. */
function isWritten(node: ASTNode): boolean {
  return node.op === "value" || (node.op === "list" && node.args.every(isWritten));
}
