import { stringify } from "csv-stringify/sync";

/**
 * Rows as CSV (RFC 4180) with a line of names first. Lists are joined with `;`, objects written as JSON,
 * null as nothing.
 *
 * Names of teams, tags and models are other people's text: a cell that a spreadsheet would run as a formula
 * (it begins with `=`, `+`, `-`, `@`, a tab or a return) gets an apostrophe before it.
 */
export function writeCsv(rows: readonly object[], columns: readonly string[]): string {
  return stringify([...rows], {
    header: true,
    columns: [...columns],
    record_delimiter: "windows",
    escape_formulas: true,
    // The library looks for the two characters together only; readers break lines at either.
    quoted_match: /[\r\n]/,
    cast: {
      boolean: String,
      object: (value: unknown) => (Array.isArray(value) ? value.join(";") : JSON.stringify(value)),
    },
  });
}
