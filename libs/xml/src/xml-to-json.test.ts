import { expect, test } from "vitest";
import { XmlError } from "./xml-error.ts";
import { xmlToJson } from "./xml-to-json.ts";

test.each([
  ["an element with text", "<a>x</a>", '{"a":"x"}'],
  ["an empty element", "<a/>", '{"a":""}'],
  ["attributes", '<a b="1" c=\'"\'/>', '{"a":{"@b":"1","@c":"\\""}}'],
  ["text beside attributes", '<a b="1">x</a>', '{"a":{"@b":"1","#text":"x"}}'],
  ["elements", "<a><b>1</b><c/></a>", '{"a":{"b":"1","c":""}}'],
  ["several of one name", "<a><b>1</b><c/><b>2</b></a>", '{"a":{"b":["1","2"],"c":""}}'],
  ["text among elements", "<a>x<b/>y\n</a>", '{"a":{"b":"","#text":"xy\\n"}}'],
  ["blanks between elements", "<a>\n  <b/>\t\r\n</a>", '{"a":{"b":""}}'],
  ["blanks that are all there is", "<a>  </a>", '{"a":"  "}'],
  ["references and CDATA", "<a>&lt;&#65;&#x1F600;<![CDATA[<&amp;]]></a>", '{"a":"<A😀<&amp;"}'],
  ["comments and instructions", "<!-- x --><a>1<!-- 2 -->3<?p q?></a>", '{"a":"13"}'],
  ["a declaration and a byte order mark", '\uFEFF<?xml version="1.0" encoding="utf-8"?><a/>', '{"a":""}'],
  ["prefixes", '<s:a xmlns:s="urn:x"><s:b/></s:a>', '{"s:a":{"@xmlns:s":"urn:x","s:b":""}}'],
  ["names as those of objects", '<__proto__ constructor="1"/>', '{"__proto__":{"@constructor":"1"}}'],
  ["texts that look like numbers", "<a>007</a>", '{"a":"007"}'],
])("%s", (_what, xml, json) => {
  expect(xmlToJson(xml)).toBe(json);
});

test("elements that are to be lists are lists, also where there is one", () => {
  expect(xmlToJson("<a><b>1</b></a>", { lists: ["b"] })).toBe('{"a":{"b":["1"]}}');
});

test("numbers, true and false can be those of JSON, as they were written", () => {
  const xml = '<a n="1.50">12345678901234567890<b>true</b><c>007</c><d>-1e5</d><e>NaN</e><f>1.</f></a>';
  expect(xmlToJson(xml, { typed: true })).toBe(
    '{"a":{"@n":1.50,"b":true,"c":"007","d":-1e5,"e":"NaN","f":"1.","#text":12345678901234567890}}',
  );
});

test.each([
  ["nothing", ""],
  ["no XML", "hello"],
  ["JSON", '{"a":1}'],
  ["two roots", "<a/><b/>"],
  ["an element without its end", "<a><b></a>"],
  ["an attribute twice", '<a b="1" b="2"/>'],
  ["a name that is none", "<1a/>"],
  ["an entity that nobody knows", "<a>&secret;</a>"],
  ["a character that XML does not have", "<a>&#0;</a>"],
])("%s is refused, and not quoted", (_what, xml) => {
  const convert = () => xmlToJson(xml);
  expect(convert).toThrow(XmlError);
  expect(convert).not.toThrow(/secret|hello/);
});

test.each([
  ["entities that multiply", '<!DOCTYPE a [<!ENTITY b "x"><!ENTITY c "&b;&b;">]><a>&c;</a>'],
  ["an entity of a file", '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'],
  ["a document type elsewhere", '<!DOCTYPE a SYSTEM "http://127.0.0.1/x.dtd"><a/>'],
])("a document type is refused: %s", (_what, xml) => {
  expect(() => xmlToJson(xml)).toThrow("a document type is not taken");
});

test("another encoding is refused", () => {
  expect(() => xmlToJson('<?xml version="1.0" encoding="utf-16"?><a/>')).toThrow(
    "an encoding other than UTF-8",
  );
});

test("what is too deep or too long is refused, however deep it is", () => {
  const nested = (depth: number) => `${"<a>".repeat(depth)}${"</a>".repeat(depth)}`;
  expect(() => xmlToJson(nested(100))).not.toThrow();
  for (const xml of [nested(101), nested(200_000), "<a>".repeat(500_000)]) {
    expect(() => xmlToJson(xml)).toThrow("it is nested more than 100 deep");
  }
  expect(() => xmlToJson(`<a>${"x".repeat(4 * 1024 * 1024)}</a>`)).toThrow(
    "it is longer than 4194304 characters",
  );
});

test.each([
  ["elements", "<a/>"],
  ["references", "&lt;"],
  ["comments", "<!-- -->"],
])("what is made of very many %s is refused, before it takes its time", (_what, piece) => {
  expect(() => xmlToJson(`<r>${piece.repeat(49_990)}</r>`)).not.toThrow();
  expect(() => xmlToJson(`<r>${piece.repeat(50_001)}</r>`)).toThrow("it is made of more than 50000 pieces");
});

test("a long document of line ends takes no longer than another", () => {
  const text = "\r\n".repeat(1_000_000);
  expect(JSON.parse(xmlToJson(`<a>${text}</a>`))).toEqual({ a: "\n".repeat(1_000_000) });
});
