import { type ASTNode, Environment, type ParseResult } from "@marcbachmann/cel-js";
import { CelError } from "./cel-error.ts";
import { celFailure } from "./cel-failure.ts";
import type { CelLanguage } from "./cel-language.ts";
import { celMatches } from "./cel-matches.ts";
import { type CelRead, celReads } from "./cel-reads.ts";
import { celRefusal } from "./cel-refusal.ts";
import { chargeInLoops } from "./charge-in-loops.ts";
import { refuseCostly } from "./refuse-costly.ts";
import { TextFunctions } from "./text-functions.ts";
import { type ChargingName, chargingNames, overspent, WorkBudget } from "./work-budget.ts";

/** An expression that is true or false of facts, ready to be asked. */
export interface CelExpression<Facts extends object> {
  readonly source: string;
  readonly reads: readonly CelRead[];
  /** As it was read. */
  readonly tree: ASTNode;
  /**
   * It takes time in proportion to what it is told. Loops, which could look through the same again and again, have a
   * budget ({@link WorkBudget}).
   * @param facts values by the names of the variables
   * @throws CelError when the values don't fit it, and `too_costly` when its loops take too long; its message holds none
   *   of the values
   */
  holds(facts: Facts): boolean;
}

/** Longest expression where the language says nothing else, in characters. */
const maxLength = 4_000;
const limits = {
  maxAstNodes: 1_000,
  maxDepth: 32,
  maxListElements: 200,
  maxMapEntries: 50,
  maxCallArguments: 8,
};

/** Types that may turn out to be true or false. */
const judgeable = new Set(["bool", "dyn"]);

/**
 * Compiles expressions of the Common Expression Language (https://cel.dev) over certain variables and functions.
 * @param refuse throws CelError for what the language forbids besides, before types are checked
 * @returns a function that throws CelError with the reason for an expression that can't be used
 */
export function celCompiler<Facts extends object>(
  language: CelLanguage,
  refuse?: (tree: ASTNode) => unknown,
): (source: string) => CelExpression<Facts> {
  const environment = new Environment({ unlistedVariablesAreDyn: false, limits });
  for (const [name, type] of Object.entries(language.variables)) {
    if (typeof type === "string") environment.registerVariable(name, type);
    else environment.registerVariable({ name, schema: { ...type } });
  }
  const functions = new TextFunctions([celMatches, ...(language.functions ?? [])]);
  functions.register(environment);
  const budget = new WorkBudget();
  budget.register(environment);
  const charge = (name: ChargingName, node: ASTNode): ASTNode => charging(environment, name, node);
  const longest = language.maxLength ?? maxLength;
  return (source) => {
    if (source.length > longest) throw new CelError(`it is longer than ${longest} characters`);
    const { ast: tree } = parse(environment, source, language);
    refuse?.(tree);
    refuseCostly(tree);
    // Another one, since the calls in it become others.
    const expression = parse(environment, source, language);
    functions.bind(expression.ast);
    chargeInLoops(expression.ast, charge);
    const { valid, type = "dyn", error } = expression.check();
    if (!valid) throw celRefusal(error, language);
    if (!judgeable.has(type)) throw new CelError(`it must be true or false, and it is ${withArticle(type)}`);
    return { source, reads: celReads(tree), tree, holds: (facts) => judge(expression, facts, budget) };
  };
}

function parse(environment: Environment, source: string, language: CelLanguage): ParseResult {
  try {
    return environment.parse(source);
  } catch (error) {
    throw celRefusal(error, language);
  }
}

/** A call that charges for an expression. */
function charging(environment: Environment, name: ChargingName, charged: ASTNode): ASTNode {
  const { ast } = environment.parse(`${chargingNames[name]}(true)`);
  if (ast.op === "call") ast.args[1][0] = charged;
  return ast;
}

function judge(expression: ParseResult, facts: object, budget: WorkBudget): boolean {
  let value: unknown;
  budget.begin(facts);
  try {
    value = expression(facts as Record<string, unknown>);
  } catch (error) {
    throw budget.isSpent ? overspent : celFailure(error);
  }
  // What CEL makes of an error, as in `error || true`, is no answer here: how it was come by took too long.
  if (budget.isSpent) throw overspent;
  if (typeof value === "boolean") return value;
  throw new CelError("it gives neither true nor false", "neither_true_nor_false");
}

function withArticle(type: string): string {
  return `${/^[aeiou]/.test(type) ? "an" : "a"} ${type}`;
}
