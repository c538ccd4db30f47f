import fc from "fast-check";
import { type Node, type ParseError, parseTree } from "jsonc-parser";
import { describe, expect, it } from "vitest";
import { type JsonNode, jsonChildren, memberOf } from "./json-node.ts";
import { parseJsonTree } from "./json-tree.ts";

/** What another parser, and a slower one, makes of it. */
function parsedByJsonc(text: string): unknown {
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { disallowComments: true });
  return root === undefined || errors.length > 0 ? undefined : plain(root);
}

function parsed(text: string): unknown {
  try {
    return plain(parseJsonTree(text));
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(SyntaxError);
    return undefined;
  }
}

function plain({ type, offset, length, value, children }: Node | JsonNode): unknown {
  const inner = children === undefined || children.length === 0 ? [] : children.map(plain);
  return { type, offset, length, value, inner };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Values at the same places, and nothing left out. */
function contentOf(node: JsonNode): unknown {
  if (node.type === "array") return jsonChildren(node).map(contentOf);
  if (node.type !== "object") return node.value;
  const entries = jsonChildren(node).map(({ children }) => [children?.[0]?.value, children?.[1]] as const);
  return Object.fromEntries(entries.map(([name, value]) => [name, value && contentOf(value)]));
}

/** JSON, and what is nearly JSON. */
const nearlyJson = fc.oneof(
  fc.json({ stringUnit: "binary" }),
  fc
    .tuple(
      fc.json(),
      fc.nat(),
      fc.constantFrom("", ",", '"', "\\", "]", "}", "0", "-", ".", "e1", "\n", "\u0001", " "),
    )
    .map(([text, place, piece]) => {
      const at = place % (text.length + 1);
      return text.slice(0, at) + piece + text.slice(at + (place % 2));
    }),
  fc
    .array(fc.constantFrom("0", "1", "9", "-", "+", ".", "e", "E", "x"), { maxLength: 25 })
    .map((characters) => characters.join("")),
);

describe("parseJsonTree", () => {
  it("takes what JSON.parse takes, and gives the same values", () => {
    fc.assert(
      fc.property(nearlyJson, (text) => {
        expect(parsed(text) !== undefined).toBe(isJson(text));
        if (isJson(text)) expect(contentOf(parseJsonTree(text))).toEqual(JSON.parse(text));
      }),
      { numRuns: 3000 },
    );
  });

  it("gives the places that another parser gives", () => {
    fc.assert(
      fc.property(
        fc.jsonValue({ stringUnit: "binary" }),
        fc.constantFrom(undefined, 1, "\t\r\n"),
        (value, indent) => {
          const text = JSON.stringify(value, null, indent);
          expect(parsed(text)).toEqual(parsedByJsonc(text));
        },
      ),
      { numRuns: 1000 },
    );
  });

  it("keeps every member of a name, and finds the last", () => {
    const object = parseJsonTree('{"a": 1, "b": 2, "a": 3}');
    expect(jsonChildren(object)).toHaveLength(3);
    expect(memberOf(object, "a")?.value).toBe(3);
  });

  it.each([
    ["", 1],
    ["[1,]", 4],
    ['{"a" 1}', 6],
    ['"no end', 8],
    ['"a\nb"', 3],
    ["// comment\n1", 1],
    ["[1] 2", 5],
    ["01", 1],
    [`${"[".repeat(1001)}${"]".repeat(1001)}`, 1001],
  ])("says where %j is malformed", (text, character) => {
    expect(() => parseJsonTree(text)).toThrow(`the JSON is malformed at character ${character}`);
  });

  it("says nothing of what the text is", () => {
    for (const text of ['"secret\\x"', '{"secret": -}', "secret"]) {
      expect(() => parseJsonTree(text)).toThrow(/^the JSON is malformed at character \d+$/);
    }
  });
});
