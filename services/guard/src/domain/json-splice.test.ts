import type { JsonNode } from "@sluice/dialects/json-node";
import { parseJsonTree } from "@sluice/dialects/json-tree";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { applyEdits, spliceJson } from "./json-splice.ts";

function stringIn(source: string): JsonNode {
  const node = parseJsonTree(source).children?.[0];
  if (node === undefined) throw new Error("an array with a string is needed");
  return node;
}

/** A JSON string with some of its characters written as escapes. */
const literal = fc
  .array(fc.tuple(fc.string({ unit: "binary", minLength: 1, maxLength: 1 }), fc.boolean()), { maxLength: 20 })
  .map((characters) => ({
    value: characters.map(([character]) => character).join(""),
    written: characters
      .map(([character, escaped]) =>
        escaped ? escapesOf(character) : JSON.stringify(character).slice(1, -1),
      )
      .join(""),
  }));

function escapesOf(character: string): string {
  return character
    .split("")
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)
    .join("");
}

describe("splicing JSON", () => {
  it("changes a string as the same edits change its value, whatever escapes it is written with", () => {
    fc.assert(
      fc.property(literal, fc.nat(), fc.nat(), fc.string(), ({ value, written }, one, other, text) => {
        const [start = 0, end = 0] = [one, other]
          .map((place) => place % (value.length + 1))
          .sort((a, b) => a - b);
        const source = `[ "${written}" , 1.0]`;
        const edits = [{ start, end, text }];
        const spliced = spliceJson(source, [{ node: stringIn(source), form: "text", edits }]);
        expect(JSON.parse(spliced)).toEqual([applyEdits(value, edits), 1]);
        expect(spliced.startsWith('[ "') && spliced.endsWith('" , 1.0]')).toBe(true);
      }),
    );
  });

  it("leaves the escapes around a change as they were written", () => {
    const source = '["\\u0041\\n-x-\\/\\u00e9"]';
    const edits = [{ start: 3, end: 4, text: '"' }];
    expect(spliceJson(source, [{ node: stringIn(source), form: "text", edits }])).toBe(
      '["\\u0041\\n-\\"-\\/\\u00e9"]',
    );
  });

  it("puts null in place of what is dropped, with all changes within", () => {
    const source = '{"logprobs": {"token":"x"}, "b":"y"}';
    const members = parseJsonTree(source).children ?? [];
    const [dropped, kept] = members.map((member) => member.children?.[1]);
    const inner = dropped?.children?.[0]?.children?.[1];
    const nodes = [dropped, kept, inner].filter((node) => node !== undefined);
    const [first, second, third] = nodes;
    expect(nodes).toHaveLength(3);
    const changes = [second, third].flatMap((node) =>
      node === undefined ? [] : [{ node, form: "text" as const, edits: [{ start: 0, end: 1, text: "-" }] }],
    );
    const drops = first === undefined ? [] : [{ node: first, form: "dropped" as const }];
    expect(spliceJson(source, [...changes, ...drops])).toBe('{"logprobs": null, "b":"-"}');
  });
});
