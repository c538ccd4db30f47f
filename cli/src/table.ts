/** A column of a table: its title, what it shows of a row, and on which side. */
export interface Column<Row> {
  title: string;
  cell: (row: Row) => string;
  /** @default "left" */
  align?: "left" | "right";
}

/** Lays rows out in columns, with the titles above, for reading in a terminal. Ends with a line end. */
export function formatTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const lines = [
    columns.map(({ title }) => title),
    ...rows.map((row) => columns.map(({ cell }) => printable(cell(row)))),
  ];
  const widths = columns.map((_, index) => Math.max(...lines.map((line) => line[index]?.length ?? 0)));
  const text = lines.map((line) =>
    line
      .map((cell, index) => pad(cell, widths[index] ?? 0, columns[index]?.align))
      .join("  ")
      .trimEnd(),
  );
  return `${text.join("\n")}\n`;
}

function pad(cell: string, width: number, align: "left" | "right" | undefined): string {
  return align === "right" ? cell.padStart(width) : cell.padEnd(width);
}

/** Names come from people: a control character in one must not reach the terminal. */
function printable(cell: string): string {
  return cell.replaceAll(/\p{Cc}/gu, "?");
}
