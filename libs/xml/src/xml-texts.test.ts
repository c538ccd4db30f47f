import { expect, test } from "vitest";
import { xmlTexts } from "./xml-texts.ts";

/** The document with a value in its texts replaced, as a guard would. */
function replaced(source: string, value: string, replacement: string): string {
  const changes = xmlTexts(source).flatMap((text) => {
    const start = text.text.indexOf(value);
    return start < 0 ? [] : text.changesOf([{ start, end: start + value.length, text: replacement }]);
  });
  return changes
    .toSorted((one, other) => other.start - one.start)
    .reduce((xml, { start, end, text }) => xml.slice(0, start) + text + xml.slice(end), source);
}

test("texts are those of elements, attributes, comments, instructions and names", () => {
  const xml = '<?p q?><!-- note --><a b="&lt;1&gt;">x<c>y</c>&amp;<![CDATA[<z>]]></a>';
  expect(xmlTexts(xml).map(({ text }) => text)).toEqual([
    "p q",
    " note ",
    "a",
    "b",
    "<1>",
    "x&<z>",
    "c",
    "y",
  ]);
});

test.each([
  ["where it stands", "<a>to VALUE!</a>", "<a>to [X]!</a>"],
  ["in an attribute", "<a b='to VALUE'/>", "<a b='to [X]'/>"],
  ["written with references", "<a>V&#65;L&#x55;E&amp;</a>", "<a>[X]&amp;</a>"],
  ["that begins and ends with a reference", "<a>.&#86;ALU&#69;.</a>", "<a>.[X].</a>"],
  ["around a comment", "<a>VAL<!-- -->UE</a>", "<a>[X]<!-- --></a>"],
  ["that goes into CDATA", "<a>VA<![CDATA[LU]]>E</a>", "<a>[X]<![CDATA[]]></a>"],
  ["around another element", "<a>VAL<b>x</b>UE</a>", "<a>[X]<b>x</b></a>"],
  ["in CDATA", "<a><![CDATA[<VALUE>]]></a>", "<a><![CDATA[<[X]>]]></a>"],
  ["in a comment", "<!--VALUE--><a/>", "<!--[X]--><a/>"],
  ["behind characters of two units", "<a>😀&#x1F600;VALUE</a>", "<a>😀&#x1F600;[X]</a>"],
])("a value is replaced %s, and every other byte stays", (_where, xml, result) => {
  expect(replaced(xml, "VALUE", "[X]")).toBe(result);
});

test.each([
  ["<a>VALUE</a>", "<a>&lt;&amp;&quot;]]&gt;--</a>"],
  ["<a b='VALUE'/>", "<a b='&lt;&amp;&quot;]]&gt;--'/>"],
  ["<a><![CDATA[VALUE]]></a>", '<a><![CDATA[<&"]]]]><![CDATA[>--]]></a>'],
  ["<!--VALUE--><a/>", '<!--<&"]]>\u2010\u2010--><a/>'],
])("a replacement changes no structure: %s", (xml, result) => {
  expect(replaced(xml, "VALUE", '<&"]]>--')).toBe(result);
  expect(() => xmlTexts(result)).not.toThrow();
});

test.each(["<VALUE/>", '<a VALUE="1"/>', "<?VALUE?><a/>"])("a name can't be changed: %s", (xml) => {
  expect(() => replaced(xml, "VALUE", "[X]")).toThrow("a name in it would have to be changed");
});

test.each(["", "text", "<a>", "<!DOCTYPE a><a/>", "<a>&x;</a>"])("%j is no document", (xml) => {
  expect(() => xmlTexts(xml)).toThrow();
});
