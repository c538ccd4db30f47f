import { LiquidError, type Template } from "liquidjs";
import { TemplateError } from "../template-error.ts";
import { maxTemplateLength } from "../template-limits.ts";
import { checkExpressions } from "./check-expressions.ts";
import { templateEngine } from "./template-engine.ts";
import { placeOfToken } from "./token-place.ts";

/** What a source becomes once; any number of renders read it. */
export interface ParsedTemplate {
  readonly nodes: Template[];
  readonly file: string | undefined;
}

/** @throws TemplateError */
export function parseTemplate(source: string, file: string | undefined): ParsedTemplate {
  const start = file === undefined ? { line: 1, column: 1 } : { line: 1, column: 1, file };
  if (source.length > maxTemplateLength) {
    throw new TemplateError(`the template is longer than ${maxTemplateLength} characters`, start);
  }
  try {
    const nodes = templateEngine.parse(source);
    checkExpressions(nodes, file);
    return { nodes, file };
  } catch (thrown) {
    const reason = LiquidError.is(thrown) ? (thrown.originalError ?? thrown) : thrown;
    if (reason instanceof RangeError) throw new TemplateError("the template is nested too deeply", start);
    if (!LiquidError.is(thrown)) throw thrown;
    throw new TemplateError(problemOf(thrown), placeOfToken(thrown.token, file));
  }
}

/** The words of liquidjs where they are plain, without the place that it puts at their end. */
function problemOf(error: LiquidError): string {
  const words = error.originalError?.message ?? error.message.replace(/, line:\d+, col:\d+$/, "");
  return words
    .replace(/^tag "(.*)" not found$/s, 'there is no tag "$1" here')
    .replace(/^undefined filter: (.*)$/s, 'there is no filter "$1"')
    .replace(/^illegal tag: /, "this is not how a tag is written: ")
    .replace(/^illegal tag syntax, tag name expected$/, "the name of a tag is missing")
    .replace(/^invalid value expression: ""$/, "a value is missing")
    .replace(/^invalid range syntax$/, "there are no calls; a filter is written {{ value | filter }}");
}
