import { Expression, type Template, Token, TokenKind, TypeGuards } from "liquidjs";
import { TemplateError } from "../template-error.ts";
import { placeOfToken } from "./token-place.ts";

/** Properties of nodes that lead out of the template. */
const outward = new Set(["liquid", "tokenizer", "parser"]);

/**
 * Refuses what liquidjs takes and a template must not have. It looks at every part of the parsed template, whatever
 * tag or filter it belongs to.
 *
 * - Ranges, `(1..n)`: all their numbers are made before the first is used, and above 2^53 they never end.
 * - Two values with nothing between them, `{{ first name }}`: the second would be dropped without a word.
 * @throws TemplateError
 */
export function checkExpressions(nodes: readonly Template[], file: string | undefined): void {
  const seen = new Set<object>();
  const waiting: object[] = [...nodes];
  for (let part = waiting.pop(); part !== undefined; part = waiting.pop()) {
    if (seen.has(part)) continue;
    seen.add(part);
    if (part instanceof Token && TypeGuards.isRangeToken(part)) {
      throw new TemplateError(`there are no ranges: ${part.getText()}`, placeOfToken(part, file));
    }
    if (part instanceof Expression) checkOperands(part, file);
    for (const [name, value] of Object.entries(part)) {
      if (typeof value === "object" && value !== null && !outward.has(name)) waiting.push(value);
    }
  }
}

function checkOperands({ postfix }: Expression, file: string | undefined): void {
  let operands = 0;
  for (const token of postfix) {
    if (token.kind !== TokenKind.Operator) operands++;
    else if (token.getText() !== "not") operands--;
    if (operands < 1) {
      throw new TemplateError(`a value is missing beside ${token.getText()}`, placeOfToken(token, file));
    }
  }
  const last = postfix.findLast(({ kind }) => kind !== TokenKind.Operator);
  if (operands > 1 && last !== undefined) {
    throw new TemplateError(
      `an operator or "|" is missing before ${last.getText()}`,
      placeOfToken(last, file),
    );
  }
}
