import { Command } from "commander";
import { z } from "zod";
import { findLedger } from "../find-mesh.ts";
import { getFromLedger, type LedgerRow, readLedgerRows, writeLedgerCsv } from "../ledger-client.ts";
import { type Column, formatTable } from "../table.ts";
import type { Terminal } from "../terminal.ts";

const path = "/v1/dead-letters";

interface DeadLettersOptions {
  json?: boolean;
  csv?: boolean;
}

/** `sluice ledger dead-letters`: events that could not be booked. */
export function deadLettersCommand(terminal: Terminal): Command {
  return new Command("dead-letters")
    .description("show the events that could not be booked, with the reason")
    .argument("[digest]", "print the event of this one")
    .option("--json", "print JSON")
    .option("--csv", "print CSV")
    .action((digest: string | undefined, options: DeadLettersOptions) =>
      digest === undefined ? list(terminal, options) : show(terminal, digest, options),
    );
}

async function list(terminal: Terminal, options: DeadLettersOptions): Promise<void> {
  const ledger = await findLedger(terminal);
  const query = new URLSearchParams();
  if (options.csv === true) {
    await writeLedgerCsv(ledger, path, query, (text) => terminal.out(text));
    return;
  }
  const rows = await readLedgerRows(ledger, path, query);
  if (options.json === true) terminal.out(`${JSON.stringify(rows, null, 2)}\n`);
  else if (rows.length === 0) terminal.error("Every event was booked.\n");
  else terminal.out(formatTable(columns, rows));
}

async function show(terminal: Terminal, digest: string, options: DeadLettersOptions): Promise<void> {
  const ledger = await findLedger(terminal);
  const letter = await getFromLedger(ledger, `${path}/${encodeURIComponent(digest)}`);
  if (options.json === true) {
    terminal.out(`${JSON.stringify(letter, null, 2)}\n`);
    return;
  }
  const { reason, data } = z.object({ reason: z.string(), data: z.string() }).parse(letter);
  terminal.error(`${reason}\n`);
  terminal.out(`${data}\n`);
}

const columns: Column<LedgerRow>[] = [
  { title: "PUBLISHED", cell: (row) => String(row.publishedAt) },
  { title: "SEQUENCE", cell: (row) => String(row.streamSequence), align: "right" },
  { title: "SUBJECT", cell: (row) => String(row.subject) },
  { title: "REASON", cell: (row) => String(row.reason) },
  { title: "DIGEST", cell: (row) => String(row.digest) },
];
