import type { AST } from "@eslint-community/regexpp";
import { LinearPatternError } from "./linear-pattern-error.ts";

/** Lengths of the texts that a pattern matches, in UTF-16 units. `max` may be infinite. */
export interface PatternLength {
  min: number;
  max: number;
}

/**
 * Shortest and longest match of a pattern. A class counts up to two units, for it may take a surrogate pair.
 * @throws LinearPatternError on lookaround and back references
 */
export function measurePattern(node: AST.Pattern | AST.Group | AST.CapturingGroup): PatternLength {
  const length: PatternLength = { min: Number.POSITIVE_INFINITY, max: 0 };
  for (const alternative of node.alternatives) {
    let min = 0;
    let max = 0;
    for (const element of alternative.elements) {
      const part = measureElement(element);
      min += part.min;
      max += part.max;
    }
    length.min = Math.min(length.min, min);
    length.max = Math.max(length.max, max);
  }
  return length;
}

function measureElement(element: AST.Element): PatternLength {
  switch (element.type) {
    case "Character": {
      const units = element.value > 0xffff ? 2 : 1;
      return { min: units, max: units };
    }
    case "CharacterSet":
    case "CharacterClass":
    case "ExpressionCharacterClass":
      return { min: 1, max: 2 };
    case "Group":
    case "CapturingGroup":
      return measurePattern(element);
    case "Quantifier": {
      const one = measureElement(element.element);
      return { min: one.min * element.min, max: one.max === 0 ? 0 : one.max * element.max };
    }
    case "Assertion":
      if (element.kind === "lookahead" || element.kind === "lookbehind") {
        throw new LinearPatternError("lookahead and lookbehind are not supported");
      }
      return { min: 0, max: 0 };
    case "Backreference":
      throw new LinearPatternError("back references are not supported");
  }
}
