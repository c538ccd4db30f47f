import fc from "fast-check";
import { expect, test } from "vitest";
import { CelError } from "./cel-error.ts";
import { celCompiler } from "./compile-cel.ts";

const compile = celCompiler<Record<string, unknown>>({ variables: { input: "map" } });

/** So many different texts of a length. */
function texts(count: number, length: number): string[] {
  return Array.from({ length: count }, (_, index) => String(index).padStart(length, "x"));
}

const large = { input: { text: "y".repeat(200_000), list: texts(200, 1_000), many: texts(20_000, 100) } };
const tooCostly = new CelError(
  "its loops take too long for what they are told: they look through the same text or list again and again",
  "too_costly",
);

test.each([
  "input.many.exists(m, input.text.contains(m))",
  "input.many.exists(m, m == 'x' || input.text.contains(m))",
  "input.many.exists(m, !(m in input.many))",
  "input.many.exists(m, input.many != input.many)",
  "input.many.all(m, input.text != input.text + m)",
  "input.many.exists(m, input.text + m < input.text)",
  "input.many.map(m, input.text + m).size() == 0",
  "input.many.filter(m, input.text.size() == 0).size() == 1",
  "input.many.exists(m, size(input.many) == 1 || size(input.text) == 1)",
  "input.list.exists(m, input.text.matches('z$'))",
  "input.many.exists_one(m, input.text.lowerAscii() == m)",
  "input.many.exists(m, input.text.split('').size() == 1)",
  "input.many.exists(m, input.text.indexOf(m) > 0)",
  "input.many.exists(m, input.many.join(m) == '')",
  "input.many.exists(m, 'z'.startsWith(input.text + m))",
  "input.many.exists(m, input.text.contains(m)) || true",
  "true || input.text == '' ? input.many.all(m, input.text.contains(m) || true) : false",
])("%s looks through the same too often, and fails whatever it gives", (source) => {
  expect(() => compile(source).holds(large)).toThrow(tooCostly);
});

test.each<[source: string, holds: boolean]>([
  ["input.text.contains('z')", false],
  ["input.many.exists(m, m.contains('19999'))", true],
  ["input.many.exists(m, m.matches('19999$') || m.endsWith('z') || m.size() == 3)", true],
  ["input.many.exists(m, m == input.text)", false],
  ["input.many.exists(m, m in ['a', 'b', 'c'])", false],
  ["input.many.exists(m, input.text.startsWith(m) || input.text.endsWith(m))", false],
  ["input.list.exists(m, m in input.list)", true],
  ["input.list.all(m, input.text.contains(m) == false)", true],
  ["input.many.exists(m, m in input)", false],
  ["input.many.all(m, size(input.many) > 1 && input.list.size() > 1 && input.size() == 3)", true],
  ["input.many.filter(m, m > 'y').size() == 0 && input.many.map(m, m + '!').size() == 20000", true],
])("%s is %j, in time in proportion to what it looks at", (source, holds) => {
  expect(compile(source).holds(large)).toBe(holds);
});

test("of what is told, loops may look at all several times, however large it is", () => {
  const input = { many: texts(5, 2_000_000) };
  expect(compile("input.many.exists(m, m.contains('z') || m.contains('q'))").holds({ input })).toBe(false);
});

test("an evaluation that cost too much takes nothing from the next one", () => {
  const expression = compile("input.many.exists(m, input.text.contains(m))");
  expect(() => expression.holds(large)).toThrow(tooCostly);
  expect(expression.holds({ input: { text: "abc", many: ["b"] } })).toBe(true);
});

test("what loops say of small values is what the same says without a budget", () => {
  const word = fc.string({ maxLength: 6 });
  fc.assert(
    fc.property(fc.array(word, { maxLength: 8 }), word, (list, text) => {
      const input = { list, text };
      const says = (source: string): boolean => compile(source).holds({ input });
      expect(says("input.list.exists(m, input.text.contains(m))")).toBe(list.some((m) => text.includes(m)));
      expect(says("input.list.all(m, m == input.text)")).toBe(list.every((m) => m === text));
      expect(says("input.list.exists(m, m in input.list && m != input.text)")).toBe(
        list.some((m) => m !== text),
      );
      expect(says("input.list.exists(m, m + input.text == input.text + m)")).toBe(
        list.some((m) => m + text === text + m),
      );
    }),
  );
});
