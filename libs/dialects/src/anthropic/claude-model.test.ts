import { expect, it } from "vitest";
import { claudeModel } from "./claude-model.ts";

it.each([
  ["claude-3-haiku-20240307", false, false, false, true],
  ["claude-3-7-sonnet-latest", false, false, false, true],
  ["claude-opus-4-20250514", false, false, false, true],
  ["claude-opus-4-1-20250805", false, false, true, true],
  ["claude-sonnet-4-5", false, false, true, true],
  ["claude-haiku-4-5@20251001", false, false, true, true],
  ["claude-opus-4-6", true, false, true, true],
  ["us.anthropic.claude-opus-4-7-v1:0", true, false, true, false],
  ["claude-opus-5", true, false, true, false],
  ["claude-fable-5-1", true, true, true, false],
  ["claude-mythos-preview", true, true, true, false],
  ["claude-latest", true, false, true, true],
])("%s is known by its name", (name, thinksAdaptively, alwaysThinks, takesOutputFormat, takesSampling) => {
  expect(claudeModel(name)).toMatchObject({
    thinksAdaptively,
    alwaysThinks,
    takesOutputFormat,
    takesSampling,
  });
});
