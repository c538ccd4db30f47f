import { RE2JS, RE2JSException } from "re2js";
import { maxPatternLength } from "../linear-pattern.ts";
import { CelError } from "./cel-error.ts";
import type { CelTextFunction } from "./cel-language.ts";

/** `matches` in time in proportion to the text; the library's own goes back and forth in it as the pattern says. */
export const celMatches: CelTextFunction = {
  name: "matches",
  argument: "pattern",
  prepare: (source) => {
    const pattern = compilePattern(source);
    return (text) => pattern.matcher(text).find();
  },
};

function compilePattern(source: string): RE2JS {
  if (source.length > maxPatternLength) {
    throw new CelError(`a pattern is longer than ${maxPatternLength} characters`);
  }
  try {
    return RE2JS.compile(source);
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    throw new CelError(`the pattern is refused: ${error.message.replace(/^error parsing regexp: /, "")}`);
  }
}
