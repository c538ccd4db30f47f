import { expect, test } from "vitest";
import { compileJsonTemplate } from "./compile-json-template.ts";
import { compileTextTemplate } from "./compile-text-template.ts";
import { thrownBy } from "./testing/thrown-by.ts";

const values = {
  long: "a".repeat(9_000_000),
  many: Array.from({ length: 1000 }, (_, index) => index),
  text: "x".repeat(100_000),
};
/** So that it is always the same limit that ends them, on whatever machine. */
const limits = { maxRenderMs: Number.POSITIVE_INFINITY };
const everyOne = (body: string) => `{% for x in many %}${body}{% endfor %}`;

test.each([
  [
    "loops in loops",
    everyOne(everyOne(everyOne(""))),
    "line 1, column 39: the template takes more than 100000 steps",
  ],
  [
    "loops that write nothing",
    everyOne(everyOne("{% assign y = x | plus: 1 %}")),
    "line 1, column 20: the template takes more than 100000 steps",
  ],
  [
    "a text that doubles by append",
    `{% assign a = text %}${everyOne("{% assign a = a | append: a %}")}`,
    "line 1, column 41: filters and captures work on more than 8388608 characters",
  ],
  [
    "a text that doubles by prepend",
    `{% assign a = text %}${everyOne("{% assign a = a | prepend: a %}")}`,
    "line 1, column 41: filters and captures work on more than 8388608 characters",
  ],
  [
    "a text that doubles by capture",
    `{% assign a = text %}${everyOne("{% capture a %}{{ a }}{{ a }}{% endcapture %}")}`,
    "line 1, column 56: filters and captures work on more than 8388608 characters",
  ],
  [
    "a text that grows by replace",
    "{{ text | replace: 'x', text }}",
    "line 1, column 1: filters and captures work on more than 8388608 characters",
  ],
  [
    "a text that grows by join",
    "{{ text | split: '' | join: text }}",
    "line 1, column 1: filters and captures work on more than 8388608 characters",
  ],
  [
    "a list that doubles by concat",
    `{% assign a = many %}${everyOne("{% assign a = a | concat: a %}")}`,
    "line 1, column 41: filters and captures work on more than 8388608 characters",
  ],
  [
    "many lists by split",
    everyOne("{% assign a = text | split: '' %}"),
    "line 1, column 20: filters and captures work on more than 8388608 characters",
  ],
  [
    "a slice of no end",
    "{{ text | slice: 0, 1000000000 }}",
    "line 1, column 1: filters and captures work on more than 8388608 characters",
  ],
  [
    "a long result",
    everyOne("{{ text }}"),
    "line 1, column 20: the result is longer than 33554432 characters",
  ],
])("%s end with an error", (_name, source, message) => {
  expect(thrownBy(() => compileTextTemplate(source, { limits }).render(values))).toMatchObject({
    failure: "limit",
    message,
  });
});

test.each([
  "replace: 'a', 'b'",
  "replace: '', 'b'",
  "url_encode",
  "url_decode",
  "split: ''",
  "remove: 'a'",
  "strip",
])("%s does not begin with a text that is too long", (filter) => {
  const template = compileTextTemplate(`{{ long | ${filter} }}`, { limits });
  expect(thrownBy(() => template.render(values))).toMatchObject({ failure: "limit" });
});

test("a long JSON result ends with an error", () => {
  const template = compileJsonTemplate(`["${everyOne("{{ text }}")}"]`, { limits });
  expect(thrownBy(() => template.render(values))).toMatchObject({
    failure: "limit",
    message: "line 1, column 22: the result is longer than 33554432 characters",
  });
});

test("the clock ends what takes few steps and long", () => {
  const template = compileTextTemplate(everyOne("{{ x }}"), { limits: { maxRenderMs: 0 } });
  expect(thrownBy(() => template.render(values))).toMatchObject({
    failure: "limit",
    problem: "the template takes more than 0 ms",
  });
});

test("a value that is nested without end of sight ends with an error", () => {
  const nested: unknown = JSON.parse("[".repeat(50_000) + "]".repeat(50_000));
  expect(thrownBy(() => compileJsonTemplate("{{ nested }}").render({ nested }))).toMatchObject({
    failure: "limit",
    message: "line 1, column 1: a value is nested too deeply or too large",
  });
});

test("limits can be set, and are those of one render", () => {
  const template = compileTextTemplate("{% for x in many %}.{% endfor %}", {
    limits: { maxSteps: 2010, maxOutputLength: 1000 },
  });
  for (let time = 0; time < 5; time++) expect(template.render(values)).toHaveLength(1000);
  expect(thrownBy(() => template.render({ many: [...values.many, 1000] }))).toMatchObject({
    failure: "limit",
    problem: "the result is longer than 1000 characters",
  });
});
