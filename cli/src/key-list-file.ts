import type { CompiledLimit } from "@sluice/resources/compiled-limit";
import { type VirtualKeyFacts, virtualKeyFactsSchema } from "@sluice/resources/virtual-key";
import { InvalidArgumentError } from "commander";
import { CsvError, parse } from "csv-parse/sync";
import { CommandError } from "./command-error.ts";
import { keyLimits } from "./commands/key-limits.ts";
import { consumerName, expiryValue } from "./commands/option-values.ts";
import { readInputFile } from "./input-file.ts";
import type { Terminal } from "./terminal.ts";

/** Columns of the file; all but the name may be left out, and cells may be empty. */
const columns = [
  "name",
  "consumer",
  "user",
  "team",
  "application",
  "department",
  "tags",
  "models",
  "limits",
  "expires",
] as const;
type Column = (typeof columns)[number];

/**
 * Reads the owners of keys that are to be made: CSV with a line of names, a line for each key. Several tags, models
 * or limits of a key have `;` between them; `expires` is a duration or a day, and a limit is written as for `--limit`.
 * @param file `-` is the standard input.
 * @throws CommandError with every line that can't be used
 */
export async function readKeyListFile(terminal: Terminal, file: string): Promise<VirtualKeyFacts[]> {
  const records = parseCsv(await readInputFile(terminal, file, "The keys"), file);
  const faults: string[] = [];
  const facts: VirtualKeyFacts[] = [];
  for (const { record, info } of records) {
    const read = readFacts(record);
    if (typeof read === "string") faults.push(`line ${info.lines}: ${read}`);
    else facts.push(read);
  }
  if (faults.length > 0) throw new CommandError(`${file} can't be imported:\n${faults.join("\n")}`);
  return facts;
}

interface CsvRecord {
  record: Partial<Record<Column, string>>;
  info: { lines: number };
}

function parseCsv(text: string, file: string): CsvRecord[] {
  const known = (names: string[]): string[] => {
    const unknown = names.filter((name) => !(columns as readonly string[]).includes(name));
    const missing = names.includes("name") ? [] : ["name"];
    if (unknown.length > 0)
      throw new CommandError(
        `${file} has columns that keys don't have: ${unknown.join(", ")}. They have ${columns.join(", ")}.`,
      );
    if (missing.length > 0) throw new CommandError(`${file} has no column "name".`);
    return names;
  };
  try {
    return parse<CsvRecord>(text, { columns: known, info: true, trim: true, skip_empty_lines: true });
  } catch (cause) {
    if (cause instanceof CommandError) throw cause;
    const reason = cause instanceof CsvError ? `: ${cause.message}` : "";
    throw new CommandError(`${file} is not CSV${reason}.`, { cause });
  }
}

/** @returns the facts, or what is wrong with them */
function readFacts({
  consumer,
  tags,
  models,
  limits,
  expires,
  ...owner
}: CsvRecord["record"]): VirtualKeyFacts | string {
  let expiresAtMs: number | undefined;
  try {
    expiresAtMs = expires === undefined || expires === "" ? undefined : expiryValue(expires);
  } catch (error) {
    if (error instanceof InvalidArgumentError) return `expires: ${error.message}`;
    throw error;
  }
  let ofKey: CompiledLimit[];
  try {
    ofKey = keyLimits(owner.name ?? "", listed(limits), "");
  } catch (error) {
    if (error instanceof CommandError) return `limits: ${error.message.replace(/\.$/, "")}`;
    throw error;
  }
  const allowedModels = listed(models);
  const checked = virtualKeyFactsSchema.safeParse({
    ...Object.fromEntries(Object.entries(owner).filter(([, value]) => value !== "")),
    ...(consumer === undefined || consumer === "" ? {} : { consumer: consumerName(consumer) }),
    tags: listed(tags),
    ...(allowedModels.length === 0 ? {} : { allowedModels }),
    ...(ofKey.length === 0 ? {} : { limits: ofKey }),
    ...(expiresAtMs === undefined ? {} : { expiresAtMs }),
  });
  if (checked.success) return checked.data;
  return checked.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`).join("; ");
}

function listed(cell = ""): string[] {
  return cell
    .split(";")
    .map((text) => text.trim())
    .filter((text) => text !== "");
}
