import { Command } from "commander";
import { CommandError } from "../command-error.ts";
import { findLedger } from "../find-mesh.ts";
import { type LedgerRow, readLedgerRows, writeLedgerCsv } from "../ledger-client.ts";
import { type Column, formatTable } from "../table.ts";
import type { Terminal } from "../terminal.ts";
import { durationValue } from "./option-values.ts";

interface CompareOptions {
  since?: number;
  from?: string;
  to?: string;
  json?: boolean;
  csv?: boolean;
}

/** `sluice prompts compare`: the versions of a prompt template beside each other, from the ledger. */
export function comparePromptsCommand(terminal: Terminal): Command {
  return new Command("compare")
    .description("compare the versions of a prompt template by cost, errors, latency and feedback")
    .argument("<name>", "the PromptTemplate; with its namespace, unless that is default, as namespace/name")
    .option("--since <duration>", "only requests of so long a time until now, such as 7d", durationValue)
    .option("--from <time>", "first day or instant, such as 2026-06-01")
    .option("--to <time>", "day or instant after the last")
    .option("--json", "print JSON")
    .option("--csv", "print CSV")
    .action((name: string, options: CompareOptions) => compare(terminal, name, options));
}

async function compare(terminal: Terminal, name: string, options: CompareOptions): Promise<void> {
  const path = `/v1/prompts/${encodeURIComponent(name)}/versions`;
  const query = periodOf(options);
  const ledger = await findLedger(terminal);
  if (options.csv === true) {
    await writeLedgerCsv(ledger, path, query, (text) => terminal.out(text));
    return;
  }
  const rows = await readLedgerRows(ledger, path, query);
  if (options.json === true) terminal.out(`${JSON.stringify(rows, null, 2)}\n`);
  else showTable(terminal, name, rows);
}

function periodOf({ since, from, to }: CompareOptions): URLSearchParams {
  if (since !== undefined && from !== undefined) {
    throw new CommandError("Either --since or --from says where the time begins, not both.");
  }
  const query = new URLSearchParams();
  const begin = since === undefined ? from : new Date(Date.now() - since).toISOString();
  if (begin !== undefined) query.set("from", begin);
  if (to !== undefined) query.set("to", to);
  return query;
}

function showTable(terminal: Terminal, name: string, rows: LedgerRow[]): void {
  if (rows.length === 0) {
    terminal.error(`No request had the prompt template ${name} in that time.\n`);
    return;
  }
  terminal.out(formatTable(columns, rows));
  const unpriced = rows.reduce((sum, row) => sum + Number(row.unpricedRequests ?? 0), 0);
  if (unpriced > 0) {
    terminal.error(`${unpriced} requests have no known price; the cost is too low by them.\n`);
  }
}

const columns: Column<LedgerRow>[] = [
  { title: "VERSION", cell: (row) => String(row.version) },
  figure("REQUESTS", (row) => String(row.requests)),
  figure("ERRORS", (row) => percent(row.errorRate)),
  figure("INPUT", (row) => String(row.inputTokens)),
  figure("OUTPUT", (row) => String(row.outputTokens)),
  figure("COST USD", (row) => String(row.costUsd ?? "-")),
  figure("P50 MS", (row) => rounded(row.latencyP50Ms, 0)),
  figure("P95 MS", (row) => rounded(row.latencyP95Ms, 0)),
  figure("FEEDBACK", (row) => String(row.feedbackCount)),
  figure("SCORE", (row) => rounded(row.meanScore, 2)),
];

function figure(title: string, cell: Column<LedgerRow>["cell"]): Column<LedgerRow> {
  return { title, cell, align: "right" };
}

function percent(rate: LedgerRow[string] | undefined): string {
  return typeof rate === "number" ? `${(rate * 100).toFixed(1)}%` : "-";
}

function rounded(value: LedgerRow[string] | undefined, decimals: number): string {
  return typeof value === "number" ? value.toFixed(decimals) : "-";
}
