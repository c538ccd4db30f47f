import { expect, test } from "vitest";
import { formatTable } from "./table.ts";

const columns = [
  { title: "NAME", cell: (row: [string, number]) => row[0] },
  { title: "COUNT", cell: (row: [string, number]) => String(row[1]), align: "right" as const },
];

test("columns are as wide as their widest cell, and no line ends in blanks", () => {
  expect(
    formatTable(columns, [
      ["a", 5],
      ["search-team", 12_345],
    ]),
  ).toBe("NAME         COUNT\na                5\nsearch-team  12345\n");
  expect(
    formatTable(
      [columns[0]].flatMap((column) => column ?? []),
      [
        ["a", 1],
        ["bc", 2],
      ],
    ),
  ).toBe("NAME\na\nbc\n");
});

test("control characters in a cell do not reach the terminal", () => {
  expect(formatTable(columns, [["\u001b[31mred\n", 1]])).toBe("NAME       COUNT\n?[31mred?      1\n");
});
