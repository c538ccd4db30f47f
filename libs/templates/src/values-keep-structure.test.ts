import fc from "fast-check";
import { expect, test } from "vitest";
import { compileJsonTemplate } from "./compile-json-template.ts";
import { compileTextTemplate } from "./compile-text-template.ts";
import { TemplateError } from "./template-error.ts";
import { TemplateRenderError } from "./template-render-error.ts";
import { chatOf, chatTemplate } from "./testing/chat-template.ts";
import { hostileText } from "./testing/hostile-text.ts";

/** The same in each run; fast-check prints it with the counterexample when a property does not hold. */
const seed = 20_261_127;

test("a prompt of any characters arrives as it is, and changes nothing else", () => {
  const template = compileJsonTemplate(chatTemplate);
  fc.assert(
    fc.property(hostileText, (prompt) => {
      expect(JSON.parse(template.render({ prompt }))).toEqual(chatOf(prompt));
    }),
    { seed, numRuns: 1000 },
  );
});

test("any value outside of strings arrives as it is", () => {
  const template = compileJsonTemplate('{"a": {{ value }}, "b": [{{ value | json }}], "c": 1}');
  fc.assert(
    fc.property(fc.jsonValue({ stringUnit: "binary" }), (given) => {
      const value: unknown = JSON.parse(JSON.stringify(given));
      expect(JSON.parse(template.render({ value }))).toEqual({ a: value, b: [value], c: 1 });
    }),
    { seed, numRuns: 500 },
  );
});

test("the messages of a loop are those that were given", () => {
  const template = compileJsonTemplate(
    '{"messages": [{% for m in messages %}{% assign role = m.role %}{% capture content %}{{ m.content }}{% endcapture %}' +
      '{"role": "{{ role }}", "content": {{ content }}}{% unless forloop.last %},{% endunless %}{% endfor %}]}',
  );
  fc.assert(
    fc.property(fc.array(fc.record({ role: hostileText, content: hostileText })), (messages) => {
      expect(JSON.parse(template.render({ messages }))).toEqual({ messages });
    }),
    { seed, numRuns: 300 },
  );
});

test("a text template gives any value as it is", () => {
  const template = compileTextTemplate("<{{ prompt }}>");
  fc.assert(
    fc.property(hostileText, (prompt) => {
      expect(template.render({ prompt })).toBe(`<${prompt}>`);
    }),
    { seed, numRuns: 500 },
  );
});

/** Places beside what structures JSON and at the ends of outputs, where a piece has the best chance to matter. */
function placesIn(text: string): number[] {
  return [...text.matchAll(/(?<=["{[,:}])|(?=["}\],])/g)].map(({ index }) => index);
}

/** Templates that are nearly or wholly JSON: a few pieces are put in where they may or may not belong. */
const anyTemplate = fc
  .record({
    source: fc.constantFrom(
      chatTemplate,
      '{"a": "{{ prompt }}", "b": {{ prompt }}}',
      '["x{{ prompt }}", {{ prompt }}, "\\\\{{ prompt }}"]',
      '{"a": {"b": [{% if prompt %}"{{ prompt }}"{% endif %}]}}',
      '{% capture c %}"{{ prompt }}"{% endcapture %}{"a": {{ c }}, "b": "{{ c }}"}',
    ),
    pieces: fc.array(
      fc.tuple(
        fc.nat({ max: 99_999 }),
        fc.constantFrom(
          "{{ prompt }}",
          '"{{ prompt }}"',
          "{% if prompt %}{{ prompt }}{% endif %}",
          '"{{ prompt }}": 1,',
          '"a{{ prompt }}" : 1,',
          "\\{{ prompt }}",
          "\\u00{{ prompt }}",
          '"',
          "\\",
          "\\u",
          "00",
          ",",
          ":",
          " ",
          "1",
          "-",
          "[",
          "]",
          "{",
          "}",
        ),
      ),
      { maxLength: 3 },
    ),
  })
  .map(({ source, pieces }) =>
    pieces.reduce<string>((text, [place, piece]) => {
      const places = placesIn(text);
      const index = places[place % places.length] ?? 0;
      return text.slice(0, index) + piece + text.slice(index);
    }, source),
  );

/** What a result looks like apart from the text of its strings; names of fields are part of it. */
function shapeOf(json: string): unknown {
  return JSON.parse(json, (_name, value: unknown) => (typeof value === "string" ? "text" : value));
}

/** The shape that a template gives, or why it gives none. */
function outcome(source: string, prompt: string): unknown {
  try {
    return shapeOf(compileJsonTemplate(source).render({ prompt }));
  } catch (thrown) {
    expect([TemplateError, TemplateRenderError]).toContain((thrown as Error).constructor);
    return (thrown as Error).message;
  }
}

test("whatever the template, what comes of it does not depend on the characters of a value", () => {
  let withShape = 0;
  fc.assert(
    fc.property(anyTemplate, hostileText, (source, prompt) => {
      const expected = outcome(source, "x");
      if (typeof expected === "object") withShape++;
      expect(outcome(source, `x${prompt}`)).toEqual(expected);
    }),
    { seed, numRuns: 2000 },
  );
  expect(withShape).toBeGreaterThan(500);
});
