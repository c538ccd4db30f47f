import { RE2JS, RE2JSException } from "re2js";
import { z } from "zod";

/** A pattern that fits texts as a whole, in time proportional to the text. */
export interface WholePattern {
  /** The text of the pattern's groups, the whole match as the first; undefined when it does not fit. */
  match(text: string): (string | undefined)[] | undefined;
}

/** @throws RE2JSException for what is no pattern in RE2's syntax */
export function compileWholePattern(source: string): WholePattern {
  const expression = RE2JS.compile(source, RE2JS.DOTALL);
  const groups = expression.groupCount();
  return {
    match: (text) => {
      const matcher = expression.matcher(text);
      if (!matcher.matches()) return undefined;
      return Array.from({ length: groups + 1 }, (_, group) => matcher.group(group) ?? undefined);
    },
  };
}

/** A pattern that is to fit a value as a whole. Unlike the guard's it may fit an empty text. */
export const wholePatternSchema = z
  .string()
  .min(1)
  .max(1_000)
  .check((check) => {
    try {
      RE2JS.compile(check.value);
    } catch (error) {
      if (!(error instanceof RE2JSException)) throw error;
      const reason = error.message.replace(/^error parsing regexp: /, "");
      check.issues.push({ code: "custom", message: `the pattern is refused: ${reason}`, input: check.value });
    }
  })
  .meta({ title: "regular expression" });
