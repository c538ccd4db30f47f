import { Command } from "commander";
import { findLedger } from "../find-mesh.ts";
import { type LedgerRow, readLedgerRows, writeLedgerCsv } from "../ledger-client.ts";
import { type Column, formatTable } from "../table.ts";
import type { Terminal } from "../terminal.ts";
import { instantValue } from "./option-values.ts";

const path = "/v1/spend";

interface SpendOptions {
  groupBy?: string;
  bucket?: string;
  from?: string;
  to?: string;
  json?: boolean;
  csv?: boolean;
}

/** `sluice spend`: what was used and spent, from the ledger. */
export function spendCommand(terminal: Terminal): Command {
  return new Command("spend")
    .description("show what was used and spent")
    .option(
      "--group-by <names>",
      "team, user, application, department, model, provider, key, tag, prompt, prompt_version, workflow; with commas between",
    )
    .option("--bucket <length>", "hour, day, week or month")
    .option("--from <time>", "first day or instant, such as 2026-06-01", instantValue)
    .option("--to <time>", "day or instant after the last", instantValue)
    .option("--json", "print JSON")
    .option("--csv", "print CSV")
    .action((options: SpendOptions) => spend(terminal, options));
}

async function spend(terminal: Terminal, options: SpendOptions): Promise<void> {
  const ledger = await findLedger(terminal);
  const query = new URLSearchParams();
  const parameters = {
    group_by: options.groupBy,
    bucket: options.bucket,
    from: options.from,
    to: options.to,
  };
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined) query.set(name, value);
  }
  if (options.csv === true) {
    await writeLedgerCsv(ledger, path, query, (text) => terminal.out(text));
    return;
  }
  const rows = await readLedgerRows(ledger, path, query);
  if (options.json === true) terminal.out(`${JSON.stringify(rows, null, 2)}\n`);
  else showTable(terminal, options, rows);
}

function showTable(terminal: Terminal, options: SpendOptions, rows: LedgerRow[]): void {
  if (rows.length === 0) {
    terminal.error("Nothing was used in that time.\n");
    return;
  }
  const groups = [
    ...(options.bucket === undefined ? [] : ["bucket"]),
    ...(options.groupBy?.split(",") ?? []),
  ];
  const columns: Column<LedgerRow>[] = [
    ...groups.map((name) => ({
      title: name.toUpperCase(),
      cell: (row: LedgerRow) => String(row[name] ?? "-"),
    })),
    figure("REQUESTS", "requests"),
    figure("INPUT", "inputTokens"),
    figure("CACHED", "cachedInputTokens"),
    figure("OUTPUT", "outputTokens"),
    figure("REASONING", "reasoningTokens"),
    figure("COST USD", "costUsd"),
    ...(rows.some(({ cacheHits }) => Number(cacheHits ?? 0) > 0)
      ? [figure("CACHE HITS", "cacheHits"), figure("SAVED USD", "savedUsd")]
      : []),
  ];
  terminal.out(formatTable(columns, rows));
  const unpriced = rows.reduce((sum, row) => sum + Number(row.unpricedRequests ?? 0), 0);
  if (unpriced > 0) {
    terminal.error(`${unpriced} requests have no known price; the cost is too low by them.\n`);
  }
}

function figure(title: string, name: string): Column<LedgerRow> {
  return { title, cell: (row) => String(row[name] ?? "-"), align: "right" };
}
