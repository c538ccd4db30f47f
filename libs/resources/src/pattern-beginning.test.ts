import { expect, test } from "vitest";
import { patternBeginsWith } from "./pattern-beginning.ts";

test.each([
  ["/ai/.*", true],
  ["/ai/(chat|embeddings)", true],
  ["\\/ai\\/x", true],
  ["/ai/x|/admin", false],
  ["/ai/?.*", false],
  ["/ai/*", false],
  ["/ai", false],
  ["/.i/x", false],
  ["(/ai/x)", false],
  ["(?i)/ai/x", false],
  ["\\Q/ai/\\Ex", false],
  ["", false],
])("that all that %s fits begins with /ai/ is %s", (source, begins) => {
  expect(patternBeginsWith(source, "/ai/")).toBe(begins);
});
