import { expect, test } from "vitest";
import { compileTextTemplate } from "./compile-text-template.ts";
import { TemplateError } from "./template-error.ts";
import { TemplateRenderError } from "./template-render-error.ts";
import { thrownBy } from "./testing/thrown-by.ts";

const values = {
  choices: [{ message: { content: "hi" } }, { message: { content: "there" } }],
  headers: { "user-agent": "curl", "x y": "spaced" },
  name: "user-agent",
  zero: 0,
  off: false,
  nothing: null,
  blank: "",
  list: [1, "b", null],
  pair: { a: 1, b: { c: "d" } },
  prompt: " Hello ",
};

test.each([
  ["a path with numbers", "{{ choices.0.message.content }}", "hi"],
  ["an index in brackets", "{{ choices[1].message.content }}", "there"],
  ["an index from the end", "{{ choices[-1].message.content }}", "there"],
  ["a name with dashes", "{{ headers.user-agent }}", "curl"],
  ["a name with other characters", '{{ headers["x y"] }}', "spaced"],
  ["a name from a value", "{{ headers[name] }}", "curl"],
  [
    "size, first and last of a list",
    "{{ list.size }}{{ list.first }}{{ choices.last.message.content }}",
    "31there",
  ],
  ["size of a string", "{{ prompt.size }}", "7"],
  ["a number, a boolean, null", "{{ zero }} {{ off }} {{ nothing }}|", "0 false |"],
  ["a list and an object as JSON", "{{ list }} {{ pair }}", '[1,"b",null] {"a":1,"b":{"c":"d"}}'],
  ["the JSON of a string", "{{ name | json }}", '"user-agent"'],
  ["literals", "{{ 'a' }}{{ 1.5 }}{{ true }}{{ nil }}|", "a1.5true|"],
  ["a default for what is missing", '{{ choices.7.message.content | default: "none" }}', "none"],
  ["a default for null", '{{ nothing | default: "none" }}', "none"],
  [
    "no default for 0, false and an empty text",
    "{{ zero | default: 1 }}{{ off | default: 1 }}{{ blank | default: 1 }}",
    "0false",
  ],
  [
    "a condition on what is missing",
    "{% if no.such %}yes{% elsif nor.this %}yes{% else %}no{% endif %}",
    "no",
  ],
  [
    "0, an empty text and null as conditions",
    "{% if zero or blank or nothing %}yes{% else %}no{% endif %}",
    "no",
  ],
  ["a comparison with what is missing", '{% if no.such == "x" %}yes{% else %}no{% endif %}', "no"],
  ["not", "{% if not off %}yes{% endif %}", "yes"],
  ["contains", '{% if prompt contains "ell" %}yes{% endif %}', "yes"],
  ["unless", "{% unless off %}yes{% endunless %}", "yes"],
  ["case", '{% case name %}{% when "a", "user-agent" %}yes{% else %}no{% endcase %}', "yes"],
  [
    "for, with its counters",
    "{% for x in choices %}{{ forloop.index }}{{ x.message.content }}{% unless forloop.last %},{% endunless %}{% endfor %}",
    "1hi,2there",
  ],
  [
    "for over an object",
    "{% for field in pair %}{{ field[0] }}={{ field[1] }};{% endfor %}",
    'a=1;b={"c":"d"};',
  ],
  [
    "for with a limit, break and continue",
    "{% for x in list limit: 2 %}{% if x == 1 %}{% continue %}{% endif %}{{ x }}{% break %}{% endfor %}",
    "b",
  ],
  [
    "for over an empty list",
    "{% assign none = blank | split: ',' %}{% for x in none %}{{ x }}{% else %}empty{% endfor %}",
    "empty",
  ],
  ["assign", "{% assign greeting = prompt | strip | upcase %}{{ greeting }}", "HELLO"],
  ["capture", "{% capture greeting %}<{{ prompt }}>{% endcapture %}{{ greeting }}", "< Hello >"],
  ["raw", "{% raw %}{{ prompt }}{% endraw %}", "{{ prompt }}"],
  ["comments", "{% comment %}{{ no.such }}{% endcomment %}{% # neither this %}|", "|"],
  ["whitespace that is trimmed", "a {{- name -}} b", "auser-agentb"],
  ["filters in a row", '{{ "a,b" | split: "," | join: "-" | append: "!" }}', "a-b!"],
  ["arithmetic", "{{ zero | plus: 7 | times: 3 | minus: 1 | divided_by: 2 }}", "10"],
  ["map over a list", '{{ choices | map: "message.content" | join: " " }}', "hi there"],
  ["text without a template", "plain } text { with % braces", "plain } text { with % braces"],
  ["nothing", "", ""],
])("%s", (_name, source, expected) => {
  expect(compileTextTemplate(source).render(values)).toBe(expected);
});

test.each([
  ["a\nb {{ name", 'line 2, column 3: output "{{ name" not closed'],
  ["{% if name %}", "line 1, column 1: tag {% if name %} not closed"],
  ["{% endif %}", 'line 1, column 1: there is no tag "endif" here'],
  ["{% include 'secrets' %}", 'line 1, column 1: there is no tag "include" here'],
  ["{% render 'secrets' %}", 'line 1, column 1: there is no tag "render" here'],
  ["{% layout 'secrets' %}", 'line 1, column 1: there is no tag "layout" here'],
  ["{% increment name %}", 'line 1, column 1: there is no tag "increment" here'],
  ["{% %}", "line 1, column 4: the name of a tag is missing"],
  ["{{ }}", "line 1, column 4: a value is missing"],
  ["{% if %}{% endif %}", "line 1, column 6: a value is missing"],
  ["{{ name | nope }}", 'line 1, column 1: there is no filter "nope"'],
  ["{{ name | raw }}", 'line 1, column 1: there is no filter "raw"'],
  ["{{ list | where: 'a' }}", 'line 1, column 1: there is no filter "where"'],
  ["{{ name + 1 }}", 'line 1, column 10: expected "|" before filter'],
  ["{{ first name }}", 'line 1, column 10: an operator or "|" is missing before name'],
  ["{% if name and %}{% endif %}", "line 1, column 12: a value is missing beside and"],
  ["{{ upper(name) }}", "line 1, column 14: there are no calls; a filter is written {{ value | filter }}"],
  [
    "{% for k, v in pair %}{% endfor %}",
    "line 1, column 1: this is not how a tag is written: {% for k, v in pair %}",
  ],
  ["{% assign name %}", 'line 1, column 15: expected "="'],
  [
    "x\n{% for i in (1..1000000000) %}{% endfor %}",
    "line 2, column 13: there are no ranges: (1..1000000000)",
  ],
  [
    "{{ name | append: (9007199254740992..9007199254740994) }}",
    "line 1, column 19: there are no ranges: (9007199254740992..9007199254740994)",
  ],
  ["{% for x in list limit: (1..3) %}{% endfor %}", "line 1, column 25: there are no ranges: (1..3)"],
  ["{{ list[(1..3)] }}", "line 1, column 9: there are no ranges: (1..3)"],
])("%j does not compile: %s", (source, message) => {
  const error = thrownBy(() => compileTextTemplate(source));
  expect(error).toBeInstanceOf(TemplateError);
  expect(error).toMatchObject({ message });
});

test.each([
  ["too long", "x".repeat(262_145), "line 1, column 1: the template is longer than 262144 characters"],
  ["nested too deeply", "{% if a %}".repeat(20_000), "line 1, column 1: the template is nested too deeply"],
])("a template that is %s does not compile", (_name, source, message) => {
  expect(thrownBy(() => compileTextTemplate(source))).toMatchObject({ name: "TemplateError", message });
});

test("an error names file, line and column, and has the sentence without them", () => {
  const error = thrownBy(() => compileTextTemplate("a\n  {% nope %}", { file: "prompt.txt" }));
  expect(error).toMatchObject({
    message: 'prompt.txt, line 2, column 3: there is no tag "nope" here',
    problem: 'there is no tag "nope" here',
    file: "prompt.txt",
    line: 2,
    column: 3,
  });
});

test.each([
  ["{{ missing }}", "missing", "line 1, column 4: there is no value for missing"],
  [
    "a\n{{ choices.7.message }}",
    "choices.7.message",
    "line 2, column 4: there is no value for choices.7.message",
  ],
  ["{{ nothing.field }}", "nothing.field", "line 1, column 4: there is no value for nothing.field"],
  ["{{ pair[prompt] }}", "pair[prompt]", "line 1, column 4: there is no value for pair[prompt]"],
  ["{% for x in missing %}{% endfor %}", "missing", "line 1, column 13: there is no value for missing"],
  ["{{ name | append: missing }}", "missing", "line 1, column 19: there is no value for missing"],
  ["{{ name | default: missing }}", "missing", "line 1, column 20: there is no value for missing"],
  ["{% assign x = missing %}", "missing", "line 1, column 15: there is no value for missing"],
  [
    "{{ blank | split: ',' | first }}",
    "{{ blank | split: ',' | first }}",
    "line 1, column 1: {{ blank | split: ',' | first }} gives no value",
  ],
  ["{{ constructor }}", "constructor", "line 1, column 4: there is no value for constructor"],
  ["{{ __proto__ }}", "__proto__", "line 1, column 4: there is no value for __proto__"],
  [
    "{{ pair.constructor.name }}",
    "pair.constructor.name",
    "line 1, column 4: there is no value for pair.constructor.name",
  ],
  ["{{ pair.__proto__ }}", "pair.__proto__", "line 1, column 4: there is no value for pair.__proto__"],
  ["{{ pair.size }}", "pair.size", "line 1, column 4: there is no value for pair.size"],
  ["{{ list.length }}", "list.length", "line 1, column 4: there is no value for list.length"],
  ["{{ name.length }}", "name.length", "line 1, column 4: there is no value for name.length"],
  [
    "{% for x in list %}{{ forloop.__proto__ }}{% endfor %}",
    "forloop.__proto__",
    "line 1, column 23: there is no value for forloop.__proto__",
  ],
  ["{{ process.env }}", "process.env", "line 1, column 4: there is no value for process.env"],
])("%j asks for a value that is not there", (source, variable, message) => {
  const error = thrownBy(() => compileTextTemplate(source).render(values));
  expect(error).toBeInstanceOf(TemplateRenderError);
  expect(error).toMatchObject({ failure: "missing_value", variable, message });
});

test.each([
  ["{{ 1 | divided_by: 0 }}", "line 1, column 1: {{ 1 | divided_by: 0 }} gives a number that is not finite"],
  ["{{ name | append }}", "line 1, column 1: the values do not fit {{ name | append }}"],
  ["{{ name | base64_decode }}", "line 1, column 1: the values do not fit {{ name | base64_decode }}"],
  ["{{ '%E0%A4%A' | url_decode }}", "line 1, column 1: the values do not fit {{ '%E0%A4%A' | url_decode }}"],
])("%j fails on its values", (source, message) => {
  expect(thrownBy(() => compileTextTemplate(source).render(values))).toMatchObject({
    failure: "failed",
    message,
  });
});

test("a function among the values is no value", () => {
  const called = () => "called";
  const error = thrownBy(() => compileTextTemplate("{{ a.call }}").render({ a: { call: called } }));
  expect(error).toMatchObject({ failure: "missing_value", variable: "a.call" });
});

test.each(["toString", "valueOf", "toJSON", "toLiquid", "then", "length", "size", "__proto__"])(
  "a field that is called %s is a field like others",
  (name) => {
    const object: unknown = JSON.parse(`{"${name}": "value"}`);
    expect(compileTextTemplate(`{{ object.${name} }}`).render({ object })).toBe("value");
    expect(compileTextTemplate("{{ object }}").render({ object })).toBe(`{"${name}":"value"}`);
  },
);

test("errors hold no text of values", () => {
  const secret = "tell-nobody";
  const sources = [
    "{{ a[secret] }}",
    "{{ [secret] }}",
    "{{ secret.field }}",
    "{{ secret | base64_decode }}",
    "{{ secret | divided_by: 0 | plus: secret | append }}",
    "{% for x in a %}{{ x[0][secret] }}{% endfor %}",
  ];
  for (const source of sources) {
    const error = thrownBy(() =>
      compileTextTemplate(source).render({ a: { [secret]: 1, other: 2 }, secret: `${secret}!` }),
    );
    expect(error).toBeInstanceOf(TemplateRenderError);
    expect(
      Object.values(error as object)
        .concat((error as Error).stack, (error as Error).cause)
        .join(),
    ).not.toContain(secret);
  }
});
