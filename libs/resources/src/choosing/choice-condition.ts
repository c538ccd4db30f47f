import type { ASTNode } from "@marcbachmann/cel-js";
import { headersOfRule } from "../authorization-rule-headers.ts";
import { type CallerFacts, callerShape } from "../caller-facts.ts";
import { CelError } from "../cel/cel-error.ts";
import { expressionsIn, writtenText } from "../cel/cel-parts.ts";
import { type CelExpression, celCompiler } from "../cel/compile-cel.ts";
import { inNetwork } from "../cel/in-network.ts";
import { type PromptFact, type PromptValue, promptShape } from "./prompt-facts.ts";

/** What a condition of a choice can speak of. */
export interface ChoiceFacts extends CallerFacts {
  /** Those that the condition reads. */
  prompt: Partial<Record<PromptFact, PromptValue>>;
}

/** A condition that is ready. */
export interface ChoiceCondition extends CelExpression<ChoiceFacts> {
  /** Headers that it speaks of, lower case. */
  readonly headers: readonly string[];
  /** Facts of the prompt that it reads. */
  readonly promptFacts: readonly PromptFact[];
  /** Whether it reads what only the ingress, or auth, knows of the client's request. */
  readonly readsClient: boolean;
  /** Texts that it compares the intent with. */
  readonly intents: readonly string[];
}

const compile = celCompiler<ChoiceFacts>(
  {
    variables: { prompt: promptShape, ...callerShape },
    functions: [inNetwork],
    maxLength: 1_000,
  },
  (tree) => {
    headersOfRule(tree);
    refuseWhole(tree);
  },
);

/** What the ingress knows of a request, and nobody behind it. */
const clientFields = new Set(["method", "path", "host", "source", "headers"]);

/**
 * Compiles a condition of a choice.
 * @throws CelError with the reason
 */
export function compileChoiceCondition(source: string): ChoiceCondition {
  const expression = compile(source);
  const { tree, reads } = expression;
  const facts = reads.flatMap(([variable, fact]) => (variable === "prompt" && isFact(fact) ? [fact] : []));
  return {
    ...expression,
    headers: headersOfRule(tree),
    promptFacts: [...new Set(facts)],
    readsClient: reads.some(
      ([variable, field = ""]) =>
        (variable === "request" && clientFields.has(field)) ||
        (variable === "identity" && field === "consumer"),
    ),
    intents: intentsIn(tree),
  };
}

function isFact(name: string | undefined): name is PromptFact {
  return name !== undefined && Object.hasOwn(promptShape, name);
}

/** Facts are found out by their names; and each is there, so that nobody need ask whether it is. */
function refuseWhole(node: ASTNode): void {
  if (node.op === "call" && node.args[0] === "has" && expressionsIn(node.args[1]).some(isPromptField)) {
    throw new CelError("a fact of the prompt is always there, so has() says nothing of it");
  }
  if (node.op === "id" && (node.args === "prompt" || node.args === "identity")) {
    const example = node.args === "prompt" ? "prompt.tokens" : "identity.team";
    throw new CelError(`of ${node.args} one field must be named, such as ${example}`);
  }
  const isField = node.op === "." && node.args[0].op === "id";
  for (const child of isField ? [] : expressionsIn(node.args)) refuseWhole(child);
}

function isPromptField(node: ASTNode): boolean {
  return node.op === "." && node.args[0].op === "id" && node.args[0].args === "prompt";
}

function isIntent(node: ASTNode | undefined): boolean {
  return node?.op === "." && isPromptField(node) && node.args[1] === "intent";
}

/** Texts that stand beside the intent in comparisons and lists. */
function intentsIn(node: ASTNode): string[] {
  if (node.op === "==" || node.op === "!=") {
    const [left, right] = node.args;
    const text = isIntent(left) ? writtenText(right) : isIntent(right) ? writtenText(left) : undefined;
    if (text !== undefined) return [text];
  }
  if (node.op === "in" && isIntent(node.args[0]) && node.args[1].op === "list") {
    return expressionsIn(node.args[1].args).flatMap((item) => writtenText(item) ?? []);
  }
  return expressionsIn(node.args).flatMap(intentsIn);
}
