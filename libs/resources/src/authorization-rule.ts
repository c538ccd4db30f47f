import { headersOfRule } from "./authorization-rule-headers.ts";
import { type CallerFacts, callerShape } from "./caller-facts.ts";
import { type CelExpression, celCompiler } from "./cel/compile-cel.ts";
import { inNetwork } from "./cel/in-network.ts";

/** What a rule can speak of. */
export interface RuleFacts extends CallerFacts {
  /** Those of the token; none for who sent something else. */
  claims: Readonly<Record<string, unknown>>;
}

/** A rule that is ready: an expression in CEL that is true or false of a request. */
export interface AuthorizationRule extends CelExpression<RuleFacts> {
  /** Headers that it speaks of, lower case. */
  readonly headers: readonly string[];
}

const language = {
  variables: { ...callerShape, claims: "map<string, dyn>" },
  functions: [inNetwork],
  maxLength: 1_000,
};

const compile = celCompiler<RuleFacts>(language, headersOfRule);

/**
 * Compiles a rule.
 * @throws CelError with the reason
 */
export function compileAuthorizationRule(source: string): AuthorizationRule {
  const rule = compile(source);
  return { ...rule, headers: headersOfRule(rule.tree) };
}
