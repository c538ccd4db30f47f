import {
  type ASTNode,
  Environment,
  EvaluationError,
  ParseError,
  type TypeCheckResult,
} from "@marcbachmann/cel-js";
import { costlyMacro } from "./cel-loops.ts";

/** A value that a condition reads: names from the variable inwards; undefined for one that a value chooses. */
export type ConditionRead = readonly (string | undefined)[];

/** A condition in CEL, the Common Expression Language (https://cel.dev), ready to be asked. */
export interface Condition {
  readonly source: string;
  readonly reads: readonly ConditionRead[];
  /**
   * @param values JSON values by name
   * @throws ConditionError when the values don't fit it; its message holds none of them
   */
  holds(values: Readonly<Record<string, unknown>>): boolean;
}

/** Says why a condition can't be compiled, or can't be judged. It holds text of the condition, never one of a value. */
export class ConditionError extends Error {
  override readonly name = "ConditionError";
}

/** Longest condition that an administrator may write, in characters. */
const maxLength = 4_000;

/** Types that may turn out to be true or false. */
const judgeable = new Set(["bool", "dyn"]);

/** What is said of a value that doesn't fit; the library's own messages name values. */
const failures: Readonly<Record<string, string>> = {
  no_such_key: "a value that it reads is not there",
  index_out_of_bounds: "a list is shorter than it takes it for",
  division_by_zero: "it divides by zero",
  modulo_by_zero: "it divides by zero",
};

/**
 * Compiles conditions over certain variables.
 * @param variables their names; each is a map
 */
export function conditionCompiler(variables: readonly string[]): (source: string) => Condition {
  const environment = new Environment({ unlistedVariablesAreDyn: false });
  for (const name of variables) environment.registerVariable(name, "map");
  return (source) => compile(environment, source);
}

/** @throws ConditionError */
function compile(environment: Environment, source: string): Condition {
  if (source.length > maxLength) throw new ConditionError(`it is longer than ${maxLength} characters`);
  const checked: TypeCheckResult = environment.check(source);
  if (checked.error !== undefined) throw refusedBy(checked.error);
  const type = checked.type ?? "dyn";
  if (!judgeable.has(type))
    throw new ConditionError(`it gives a value of the type ${type}, not true or false`);
  const parsed = environment.parse(source);
  const costly = costlyMacro(parsed.ast);
  if (costly !== undefined) throw new ConditionError(costly);
  const found: Found = { reads: [], functions: new Set() };
  collect(parsed.ast, found);
  if (found.functions.has("matches")) {
    const text =
      "there is no function matches here: some patterns would take for ever. Use ==, in, contains or startsWith";
    throw new ConditionError(text);
  }
  return {
    source,
    reads: found.reads,
    holds: (values) => {
      let result: unknown;
      try {
        result = parsed(values);
      } catch (error) {
        if (!(error instanceof EvaluationError)) throw error;
        throw new ConditionError(failures[error.code] ?? "the values do not fit it");
      }
      if (typeof result === "boolean") return result;
      throw new ConditionError("it gives neither true nor false");
    },
  };
}

/** The words of the library, without its drawing of the place. */
function refusedBy(error: NonNullable<TypeCheckResult["error"]>): ConditionError {
  const place = error.range === undefined ? "" : ` at character ${error.range.start + 1}`;
  const words = error.summary.replace(/^[A-Z](?=[a-z])/, (letter) => letter.toLowerCase());
  const what = error instanceof ParseError ? "it can't be read" : "it can't be";
  return new ConditionError(`${what}: ${words}${place}`);
}

interface Found {
  reads: ConditionRead[];
  functions: Set<string>;
}

/** Looks at every part of an expression, whatever it belongs to. */
function collect(part: unknown, found: Found): void {
  if (Array.isArray(part)) {
    for (const each of part) collect(each, found);
    return;
  }
  if (!isNode(part)) return;
  const read = readOf(part);
  if (read !== undefined) found.reads.push(read);
  if (part.op === "call" || part.op === "rcall") found.functions.add(part.args[0]);
  collect(read === undefined ? part.args : chosenWithin(part), found);
}

/** The names on the way to a value; undefined for what is no such way. */
function readOf(node: ASTNode): ConditionRead | undefined {
  switch (node.op) {
    case "id":
      return [node.args];
    case ".":
    case ".?": {
      const inner = readOf(node.args[0]);
      return inner && [...inner, node.args[1]];
    }
    case "[]":
    case "[?]": {
      const inner = readOf(node.args[0]);
      const key = node.args[1];
      return inner && [...inner, key.op === "value" ? String(key.args) : undefined];
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

function isNode(part: unknown): part is ASTNode {
  return typeof part === "object" && part !== null && "op" in part && "args" in part;
}
