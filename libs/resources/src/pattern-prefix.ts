import type { AST } from "@eslint-community/regexpp";

/**
 * Source of a pattern that matches every beginning of what `node` matches, the empty one included.
 * Anchored at the end of a text it tells from where on the text could still grow into a match, which is
 * what a stream has to hold back.
 *
 * With P for it: P(ab) = P(a) | aP(b); P(a|b) = P(a) | P(b); P(a*) = a*P(a); P(assertion) = nothing,
 * for what an assertion looks at may be yet to come.
 */
export function viablePrefixSource(node: AST.Pattern | AST.Group | AST.CapturingGroup): string {
  return node.alternatives.map(prefixOfSequence).join("|");
}

function prefixOfSequence(sequence: AST.Alternative): string {
  return sequence.elements.reduceRight(
    (rest, element) => `(?:${element.raw}${rest}|${prefixOfElement(element)})`,
    "",
  );
}

function prefixOfElement(element: AST.Element): string {
  switch (element.type) {
    case "Group":
    case "CapturingGroup":
      return `(?:${viablePrefixSource(element)})`;
    case "Quantifier": {
      if (element.max === 0) return "";
      const before = Number.isFinite(element.max) ? `{0,${element.max - 1}}` : "*";
      return `(?:${element.element.raw})${before}${prefixOfElement(element.element)}`;
    }
    case "Assertion":
    case "Backreference":
      return "";
    case "Character":
    case "CharacterSet":
    case "CharacterClass":
    case "ExpressionCharacterClass":
      return `${element.raw}?`;
  }
}
