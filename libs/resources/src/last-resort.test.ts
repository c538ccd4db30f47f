import { describe, expect, it } from "vitest";
import { compileSnapshot } from "./compile-snapshot.ts";
import { findTarget } from "./find-target.ts";
import { parseConfiguration } from "./read-configuration.ts";
import { snapshotSchema } from "./snapshot.ts";

function found(yaml: string, model: string) {
  const content = compileSnapshot(parseConfiguration(yaml, "sluice.yaml"), "/");
  const target = findTarget(snapshotSchema.parse({ ...content, revision: 1, appliedAtMs: 0 }), { model });
  return target?.type === "model"
    ? { lastResort: target.lastResort, midStream: target.midStream }
    : undefined;
}

const models = `
models:
  - { name: gpt-5, backend: openai, midStream: continue, lastResort: { text: Later. } }
  - { name: gpt-5-mini, backend: openai, midStream: error }
virtualModels:
  - { name: alias, model: gpt-5 }
  - { name: own, model: gpt-5, midStream: error, lastResort: { text: Tomorrow., status: 503 } }
  - { name: several, targets: [gpt-5, gpt-5-mini] }
`;

describe("a last resort, and what becomes of streams that break off", () => {
  it.each([
    ["gpt-5", { lastResort: { text: "Later.", status: 200 }, midStream: "continue" }],
    ["gpt-5-mini", { lastResort: undefined, midStream: undefined }],
    ["alias", { lastResort: { text: "Later.", status: 200 }, midStream: "continue" }],
    ["own", { lastResort: { text: "Tomorrow.", status: 503 }, midStream: undefined }],
    ["several", { lastResort: undefined, midStream: undefined }],
  ])("of %s are its own, or those of the one model behind it", (model, expected) => {
    expect(found(models, model)).toEqual(expected);
  });

  it.each([
    ["lastResort: { text: '  ' }", /lastResort\.text: says nothing; write what the client shall read/],
    ["lastResort: { texts: Later. }", /texts/],
    ["lastResort: { text: Later., status: 100 }", /lastResort\.status/],
    ["midStream: go-on", /midStream/],
  ])("are refused where they can't be meant: %s", (field, words) => {
    expect(() => found(`models: [{ name: gpt-5, backend: openai, ${field} }]`, "gpt-5")).toThrow(words);
  });
});
