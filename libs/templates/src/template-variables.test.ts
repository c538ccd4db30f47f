import { expect, test } from "vitest";
import { TemplateError } from "./template-error.ts";
import { templateVariables } from "./template-variables.ts";

test.each([
  ["no variables", "Hello", []],
  ["a variable, twice", "{{ name }} {{ name }}", ["name"]],
  ["a field", "{{ user.name }}", ["user"]],
  ["an index and a name from a value", "{{ list[0] }} {{ headers[key] }}", ["headers", "key", "list"]],
  ["arguments of filters", '{{ name | default: fallback | append: "x" }}', ["fallback", "name"]],
  ["conditions", "{% if a == b and not c %}{% elsif d contains 'x' %}{% endif %}", ["a", "b", "c", "d"]],
  ["a case", "{% case a %}{% when b %}{% endcase %}", ["a", "b"]],
  ["not what a loop names", "{% for x in list %}{{ x }} {{ forloop.index }}{% endfor %}", ["list"]],
  [
    "not what is assigned or captured",
    "{% assign a = b %}{% capture c %}{{ d }}{% endcapture %}{{ a }}{{ c }}",
    ["b", "d"],
  ],
  ["not what is raw or a comment", "{% raw %}{{ a }}{% endraw %}{% comment %}{{ b }}{% endcomment %}", []],
  ["the branches of unless", "{% unless a %}{{ b }}{% else %}{{ c }}{% endunless %}", ["a", "b", "c"]],
])("%s", (_what, source, names) => {
  expect(templateVariables(source).toSorted()).toEqual(names);
});

test("what is no template has none", () => {
  expect(() => templateVariables("{{ name")).toThrow(TemplateError);
});
