import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readStringField, readStringFields } from "./string-field.ts";

describe("finding a string field without parsing", () => {
  it("finds what parsing finds, whatever stands around it", () => {
    fc.assert(
      fc.property(fc.string(), fc.jsonValue(), fc.constantFrom(undefined, 2), (value, other, indent) => {
        const json = JSON.stringify({ other: [other], wanted_text: value }, null, indent);
        fc.pre(!JSON.stringify(other).includes("wanted_text"));
        expect(readStringField(json, "wanted_text")).toBe(value);
      }),
      { numRuns: 500 },
    );
  });

  it("is not misled by text that looks like a field", () => {
    const json = JSON.stringify({
      a: 'say "text":"no" and \\"text\\":\\"no\\"',
      type: "text",
      text: 'yes "\n\\',
    });
    expect(readStringFields(json, "text")).toEqual(['yes "\n\\']);
  });

  it("finds every value, and none that is no string", () => {
    expect(
      readStringFields('[{"text":"a"},{"text" : "b"},{"text":null},{"text":{"text":"c"}}]', "text"),
    ).toEqual(["a", "b", "c"]);
    expect(readStringField('{"text":5}', "text")).toBeUndefined();
    expect(readStringField('{"text":"cut', "text")).toBeUndefined();
  });
});
