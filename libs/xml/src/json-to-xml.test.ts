import fc from "fast-check";
import { expect, test } from "vitest";
import { jsonToXml } from "./json-to-xml.ts";
import { XmlError } from "./xml-error.ts";
import { xmlToJson } from "./xml-to-json.ts";

const declaration = '<?xml version="1.0" encoding="UTF-8"?>';

test.each([
  ["a text", '{"a":"x"}', "<a>x</a>"],
  ["nothing", '{"a":null}', "<a/>"],
  ["an empty object", '{"a":{}}', "<a/>"],
  [
    "numbers as they were written",
    '{"a":{"b":1.0,"c":12345678901234567890,"d":1E5}}',
    "<a><b>1.0</b><c>12345678901234567890</c><d>1E5</d></a>",
  ],
  ["true and false", '{"a":{"b":true,"@c":false}}', '<a c="false"><b>true</b></a>'],
  ["lists", '{"a":{"b":["x",{"c":1},null]}}', "<a><b>x</b><b><c>1</c></b><b/></a>"],
  ["an empty list", '{"a":{"b":[]}}', "<a/>"],
  ["attributes and text", '{"a":{"#text":"x","@b":"y","@c":null}}', '<a b="y">x</a>'],
  [
    "markup in values",
    '{"a":{"@b":"\\"<&\\n","#text":"</a>&amp;"}}',
    '<a b="&quot;&lt;&amp;&#10;">&lt;/a&gt;&amp;amp;</a>',
  ],
  ["prefixes", '{"s:a":{"@xmlns:s":"urn:x"}}', '<s:a xmlns:s="urn:x"/>'],
])("%s", (_what, json, xml) => {
  expect(jsonToXml(json)).toBe(declaration + xml);
});

test("a root can be put around anything but a list", () => {
  expect(jsonToXml('{"a":1,"b":2}', { root: "order" })).toBe(`${declaration}<order><a>1</a><b>2</b></order>`);
  expect(jsonToXml('"x"', { root: "order" })).toBe(`${declaration}<order>x</order>`);
  expect(() => jsonToXml("[1]", { root: "order" })).toThrow('the field "order" is a list in a list');
});

test.each([
  ["no JSON", "<a/>", "it is no valid JSON"],
  ["no object", "[1]", "it is no object with one field, which would be the root element"],
  ["no field", "{}", "it is no object with one field, which would be the root element"],
  ["two fields", '{"a":1,"b":2}', "it is no object with one field, which would be the root element"],
  ["a list as the root", '{"a":[1]}', "the root element would be a list"],
  ["a list in a list", '{"a":{"b":[[1]]}}', 'the field "a.b" is a list in a list, which has no place in XML'],
  ["a name with a blank", '{"a":{"b c":1}}', 'the field "a.b c" has a name that no element can have'],
  ["a name that ends a tag", '{"a":{"b><c":1}}', 'the field "a.b><c" has a name that no element can have'],
  ["an attribute without a name", '{"a":{"@":1}}', 'the field "a.@" has a name that no attribute can have'],
  [
    "an attribute that is an object",
    '{"a":{"@b":{}}}',
    'the field "a.@b" must be a text, a number, true, false or null',
  ],
  [
    "text that is a list",
    '{"a":{"#text":[]}}',
    'the field "a.#text" must be a text, a number, true, false or null',
  ],
  ["a control character", '{"a":"\\u0001"}', 'the field "a" holds a character that XML can\'t hold'],
  ["half of a character", '{"a":"\\ud83d"}', 'the field "a" holds a character that XML can\'t hold'],
  ["a field twice", '{"a":{"b":1,"b":2}}', 'the field "a.b" is there twice'],
])("%s is refused", (_what, json, message) => {
  expect(() => jsonToXml(json)).toThrow(new XmlError(message));
});

test("what is too deep or too long is refused", () => {
  const nested = (depth: number) => `${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`;
  expect(() => jsonToXml(nested(100))).not.toThrow();
  expect(() => jsonToXml(nested(101))).toThrow("it is nested more than 100 deep");
  expect(() => jsonToXml(`{"a":"${"x".repeat(4 * 1024 * 1024)}"}`)).toThrow("it is longer than");
  const list = (length: number) => JSON.stringify({ a: { b: Array.from({ length }, () => 1) } });
  expect(() => jsonToXml(list(49_999))).not.toThrow();
  expect(() => jsonToXml(list(50_000))).toThrow("it is made of more than 50000 pieces");
});

test("whatever is in its values, XML that was made of JSON gives the same values back", () => {
  const name = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_.-]{0,8}$/);
  const text = fc.string({ unit: "grapheme", minLength: 1, maxLength: 30 });
  const element = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { depthSize: "small" },
      text,
      fc.dictionary(name, fc.oneof(tie("value"), fc.array(text, { minLength: 2, maxLength: 4 })), {
        minKeys: 1,
        maxKeys: 4,
        noNullPrototype: true,
      }),
    ),
  })).value;
  fc.assert(
    fc.property(name, element, (root, value) => {
      const json = JSON.stringify({ [root]: value });
      expect(JSON.parse(xmlToJson(jsonToXml(json)))).toEqual(JSON.parse(json));
    }),
  );
});
