import { expect, test } from "vitest";
import { templateReads } from "./template-reads.ts";

test.each<[template: string, reads: (string | undefined)[][]]>([
  ["no value", []],
  ["{{ a.b.c }} and {{ d }}", [["a", "b", "c"], ["d"]]],
  [
    '{{ a["b c"].d | default: e.f }}',
    [
      ["a", "b c", "d"],
      ["e", "f"],
    ],
  ],
  [
    "{% if a.b %}{{ a.b }}{% endif %}",
    [
      ["a", "b"],
      ["a", "b"],
    ],
  ],
  ["{% for m in list.items %}{{ m.x }}{{ forloop.index }}{% endfor %}", [["list", "items"]]],
  ["{% assign x = a.b %}{{ x.c }}{% capture y %}{{ d }}{% endcapture %}{{ y }}", [["a", "b"], ["d"]]],
  ["{% case a.b %}{% when c %}{{ d | append: e }}{% endcase %}", [["a", "b"], ["c"], ["d"], ["e"]]],
  ["{% unless a %}{{ b[0].c }}{% endunless %}", [["a"], ["b", "0", "c"]]],
])("of %j are read %j", (template, reads) => {
  const byText = (a: unknown, b: unknown) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);
  expect(templateReads(template).toSorted(byText)).toEqual(reads.toSorted(byText));
});

test("a name that a value chooses is not known", () => {
  expect(templateReads("{{ a[b.c].d }}")).toEqual(
    expect.arrayContaining([
      ["a", undefined, "d"],
      ["b", "c"],
    ]),
  );
});
