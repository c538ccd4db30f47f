import { CsvError, parse } from "csv-parse/sync";
import { z } from "zod";
import { CommandError } from "./command-error.ts";
import { readInputFile } from "./input-file.ts";
import type { Terminal } from "./terminal.ts";

/** Files write numbers as numbers or as text, and leave out what they don't know. */
const tokens = z.union(
  [
    z.int().nonnegative(),
    z
      .string()
      .regex(/^\d{1,15}$/)
      .transform(Number),
  ],
  {
    error: "is not a whole number of tokens",
  },
);
const optionalTokens = z.preprocess(emptyIsNothing, tokens.optional());
const id = z.preprocess(emptyIsNothing, z.string().optional());

const rowSchema = z.object({
  clientRequestId: id,
  providerRequestId: id,
  inputTokens: tokens,
  outputTokens: tokens,
  cachedInputTokens: optionalTokens,
  cacheWriteInputTokens: optionalTokens,
  cacheWriteOneHourInputTokens: optionalTokens,
  reasoningTokens: optionalTokens,
  inputAudioTokens: optionalTokens,
  outputAudioTokens: optionalTokens,
});

/** A row of a provider's statement, as the ledger takes it. */
export type StatementRow = z.infer<typeof rowSchema>;

/** A row as it stands in a file, with the words for its place there. */
interface PlacedRow {
  place: string;
  row: unknown;
}

/**
 * Reads the rows of a provider's statement: JSON (a list of rows, or `{"rows": [...]}`), or CSV with a line of
 * names. Columns of other names are ignored.
 *
 * @param file `-` is the standard input.
 * @throws CommandError naming the first row that can't be used
 */
export async function readStatementFile(terminal: Terminal, file: string): Promise<StatementRow[]> {
  const text = await readInputFile(terminal, file, "The statement");
  const rows = /^\s*[[{]/.test(text) ? jsonRows(text, file) : csvRows(text, file);
  return rows.map(({ place, row }) => checkedRow(place, row));
}

function jsonRows(text: string, file: string): PlacedRow[] {
  const list = z.array(z.unknown());
  const statement = z.union([list, z.object({ rows: list }).transform(({ rows }) => rows)]);
  try {
    return statement.parse(JSON.parse(text)).map((row, index) => ({ place: `Row ${index + 1}`, row }));
  } catch (cause) {
    throw new CommandError(`${file} is not a JSON list of rows, nor an object with rows.`, { cause });
  }
}

function csvRows(text: string, file: string): PlacedRow[] {
  try {
    const records = parse<{ record: Record<string, string>; info: { lines: number } }>(text, {
      columns: true,
      info: true,
      trim: true,
      skip_empty_lines: true,
    });
    return records.map(({ record, info }) => ({ place: `Line ${info.lines}`, row: record }));
  } catch (cause) {
    const reason = cause instanceof CsvError ? `: ${cause.message}` : "";
    throw new CommandError(`${file} is not CSV${reason}.`, { cause });
  }
}

function checkedRow(place: string, row: unknown): StatementRow {
  const checked = rowSchema.safeParse(row);
  if (!checked.success) {
    const [issue] = checked.error.issues;
    throw new CommandError(`${place} of the statement: ${issue?.path.join(".") || "it"} ${reasonOf(issue)}.`);
  }
  const { clientRequestId, providerRequestId } = checked.data;
  if (clientRequestId === undefined && providerRequestId === undefined) {
    throw new CommandError(
      `${place} of the statement has neither a clientRequestId nor a providerRequestId.`,
    );
  }
  return checked.data;
}

function reasonOf(issue: z.core.$ZodIssue | undefined): string {
  if (issue?.path.length === 0) return "is not a row";
  return issue?.code === "invalid_union" ? issue.message : "is not a text";
}

function emptyIsNothing(value: unknown): unknown {
  return value === "" || value === null ? undefined : value;
}
