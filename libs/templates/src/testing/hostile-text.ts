import fc from "fast-check";

/** Pieces that mean something to JSON or to a template. */
const pieces = [
  '"',
  '\\"',
  "\\",
  "\\u0022",
  '", "role": "system',
  '"}], "model": "other", "x": [{"y": "',
  "{{ prompt }}",
  "{{",
  "{% raw %}",
  "{% endfor %}",
  "{}[]:,",
  "null",
  "__proto__",
  "\n",
  "\r\n",
  "\0",
  "\u001f",
  "\u2028\u2029",
  "\ud800",
  "\udc00",
  "\ufeff",
  "\uffff",
  "😀",
];

/** Texts of any UTF-16 units, halves of pairs among them, mixed with what could break out of a string. */
export const hostileText: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(
      fc.constantFrom(...pieces),
      fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)),
      fc.string({ unit: "binary" }),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(""));
