import fc from "fast-check";
import { expect, test } from "vitest";
import { compileJsonTemplate } from "./compile-json-template.ts";
import { TemplateRenderError } from "./template-render-error.ts";
import { thrownBy } from "./testing/thrown-by.ts";

/** The same in each run; fast-check prints it with the counterexample when a property does not hold. */
const seed = 20_261_127;

/** It remembers what it can, and asks for it before it has been given. */
const remembering = `{"before": [{{ kept | default: "nothing" }}, {{ taken | default: "nothing" }}],
  {% assign kept = text %}{% capture taken %}{{ text }}{% endcapture %}
  "list": [{% for x in list %}{% assign last = x %}{{ last }}{% unless forloop.last %},{% endunless %}{% endfor %}],
  "rest": [{% for x in list offset: continue %}{{ x }}{% endfor %}],
  "now": [{{ kept }}, "{{ taken }}", {{ last | default: "nothing" }}, {{ optional | default: "nothing" }}]}`;

const someValues = fc.record(
  { text: fc.string(), list: fc.array(fc.string(), { maxLength: 3 }), optional: fc.string() },
  { requiredKeys: ["text", "list"] },
);

test("no render sees values of another", () => {
  const template = compileJsonTemplate(remembering);
  fc.assert(
    fc.property(fc.array(someValues, { maxLength: 5 }), (all) => {
      for (const { text, list, optional = "nothing" } of all) {
        const values = optional === "nothing" ? { text, list } : { text, list, optional };
        expect(JSON.parse(template.render(values))).toEqual({
          before: ["nothing", "nothing"],
          list,
          rest: [],
          now: [text, text, list.at(-1) ?? "nothing", optional],
        });
      }
    }),
    { seed, numRuns: 200 },
  );
});

test("a render that fails leaves nothing behind", () => {
  const template = compileJsonTemplate(
    '{"a": {{ kept | default: 0 }}{% assign kept = text %}, "b": {{ needed }}}',
  );
  expect(thrownBy(() => template.render({ text: "of another" }))).toBeInstanceOf(TemplateRenderError);
  expect(JSON.parse(template.render({ text: "own", needed: 1 }))).toEqual({ a: 0, b: 1 });
});

test("values are not changed", () => {
  const values = Object.freeze({ list: Object.freeze(["b", "a"]), object: Object.freeze({ a: 1 }) });
  const template = compileJsonTemplate(
    "{% assign list = list | reverse | concat: list %}{% assign object = 2 %}[{{ list }}, {{ object }}]",
  );
  expect(JSON.parse(template.render(values))).toEqual([["a", "b", "b", "a"], 2]);
  expect(values).toEqual({ list: ["b", "a"], object: { a: 1 } });
});
