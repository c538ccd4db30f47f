import { headersOfRule } from "./authorization-rule-headers.ts";
import { type CelExpression, celCompiler } from "./cel/compile-cel.ts";
import { inNetwork } from "./cel/in-network.ts";

/** What a rule can speak of. What is not known of the caller is an empty text or list. */
export interface RuleFacts {
  identity: {
    key: string;
    user: string;
    team: string;
    application: string;
    department: string;
    consumer: string;
    tags: readonly string[];
  };
  /** Those of the token; none for who sent something else. */
  claims: Readonly<Record<string, unknown>>;
  request: {
    method: string;
    path: string;
    host: string;
    source: string;
    route: string;
    operation: string;
    model: string;
    headers: Readonly<Record<string, string>>;
  };
}

/** A rule that is ready: an expression in CEL that is true or false of a request. */
export interface AuthorizationRule extends CelExpression<RuleFacts> {
  /** Headers that it speaks of, lower case. */
  readonly headers: readonly string[];
}

const identityShape = {
  key: "string",
  user: "string",
  team: "string",
  application: "string",
  department: "string",
  consumer: "string",
  tags: "list<string>",
};
const requestShape = {
  method: "string",
  path: "string",
  host: "string",
  source: "string",
  route: "string",
  operation: "string",
  model: "string",
  headers: "map<string, string>",
};
const language = {
  variables: { identity: identityShape, claims: "map<string, dyn>", request: requestShape },
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
