import type { ASTNode } from "@marcbachmann/cel-js";
import { expressionsIn } from "./cel-parts.ts";

/** A value that an expression reads: names from the variable inwards; undefined for one that a value chooses. */
export type CelRead = readonly (string | undefined)[];

/** What an expression reads, in the order in which it stands there; names that a loop binds are among it. */
export function celReads(node: ASTNode): CelRead[] {
  const read = readOf(node);
  if (read === undefined) return expressionsIn(node.args).flatMap(celReads);
  return [read, ...chosenWithin(node).flatMap(celReads)];
}

/** The names on the way to a value; undefined for what is no such way. */
function readOf(node: ASTNode): CelRead | undefined {
  switch (node.op) {
    case "id":
      return [node.args];
    case ".":
    case ".?": {
      const within = readOf(node.args[0]);
      return within && [...within, node.args[1]];
    }
    case "[]":
    case "[?]": {
      const within = readOf(node.args[0]);
      const key = node.args[1];
      return within && [...within, key.op === "value" ? String(key.args) : undefined];
    }
    default:
      return undefined;
  }
}

/** Expressions that choose a name on the way to a value. */
function chosenWithin(node: ASTNode): ASTNode[] {
  switch (node.op) {
    case ".":
    case ".?":
      return chosenWithin(node.args[0]);
    case "[]":
    case "[?]":
      return [...chosenWithin(node.args[0]), node.args[1]];
    default:
      return [];
  }
}
