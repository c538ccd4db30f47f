import { basename } from "node:path";
import { Command } from "commander";
import { z } from "zod";
import { findLedger } from "../find-mesh.ts";
import { postToLedger } from "../ledger-client.ts";
import { readStatementFile } from "../statement-file.ts";
import { type Column, formatTable } from "../table.ts";
import type { Terminal } from "../terminal.ts";
import { instantValue } from "./option-values.ts";

/** A hundred thousand rows take the ledger a minute on a small machine. */
const answerTimeoutMs = 600_000;

const figuresSchema = z.object({ inputTokens: z.number(), outputTokens: z.number() });
const reconciliationSchema = z.object({
  matched: z.number(),
  equal: z.number(),
  corrected: z.number(),
  differing: z.number(),
  notBilled: z.number(),
  nearEdge: z.number(),
  open: z.number(),
  unknown: z.number(),
  examples: z.object({
    differing: z.array(
      z.object({
        requestId: z.string(),
        delivery: z.number(),
        attempt: z.number(),
        ledger: figuresSchema.nullable(),
        statement: figuresSchema,
      }),
    ),
    unknown: z.array(
      figuresSchema.extend({
        clientRequestId: z.string().nullable(),
        providerRequestId: z.string().nullable(),
      }),
    ),
  }),
});
type Reconciliation = z.infer<typeof reconciliationSchema>;

interface ReconcileOptions {
  provider: string;
  backend?: string;
  statement?: string;
  from?: string;
  to?: string;
  dryRun?: boolean;
  overwrite?: boolean;
  json?: boolean;
}

/** `sluice ledger reconcile`: compares a provider's statement with the ledger, and corrects the ledger to it. */
export function reconcileCommand(terminal: Terminal): Command {
  return new Command("reconcile")
    .description("compare a provider's statement with the ledger, and correct the ledger to it")
    .argument("<file>", "the statement, JSON or CSV; - reads the standard input")
    .requiredOption("--provider <name>", "provider that the statement is of, such as openai")
    .option("--backend <name>", "only calls of this backend")
    .option("--statement <name>", "what the statement is called (default: the name of the file)")
    .option("--from <time>", "with --to: the statement is complete from this day or instant on", instantValue)
    .option("--to <time>", "day or instant that the statement ends before", instantValue)
    .option("--dry-run", "say what would be corrected, and correct nothing")
    .option("--overwrite", "correct calls too that have the provider's own figures")
    .option("--json", "print JSON")
    .action((file: string, options: ReconcileOptions) => reconcile(terminal, file, options));
}

async function reconcile(terminal: Terminal, file: string, options: ReconcileOptions): Promise<void> {
  const ledger = await findLedger(terminal);
  const rows = await readStatementFile(terminal, file);
  const { json, statement = file === "-" ? "standard input" : basename(file), ...rest } = options;
  const answer = await postToLedger(
    ledger,
    "/v1/reconciliations",
    { ...rest, statement, rows },
    answerTimeoutMs,
  );
  if (json === true) terminal.out(`${JSON.stringify(answer, null, 2)}\n`);
  else show(terminal, reconciliationSchema.parse(answer), options);
}

const meanings: [keyof Omit<Reconciliation, "examples">, string][] = [
  ["matched", "calls that the statement has"],
  ["equal", "of these, say the same already"],
  ["corrected", "of these, corrected to the statement"],
  ["differing", "of these, say something else and were left alone"],
  ["notBilled", "calls that the statement does not have: they cost nothing"],
  ["nearEdge", "calls it does not have, too near to the ends of its time to tell"],
  ["open", "calls that are not over yet; left alone"],
  ["unknown", "rows that the ledger has no call for"],
];

function show(terminal: Terminal, result: Reconciliation, options: ReconcileOptions): void {
  terminal.out(
    formatTable(
      [
        { title: "COUNT", cell: ([name]) => String(result[name]), align: "right" },
        { title: "WHAT", cell: ([, meaning]) => meaning },
      ],
      meanings,
    ),
  );
  const { differing, unknown } = result.examples;
  if (differing.length > 0) {
    terminal.out(`\nDiffering, ${differing.length} of ${result.differing}:\n`);
    terminal.out(formatTable(differingColumns, differing));
  }
  if (unknown.length > 0) {
    terminal.out(`\nUnknown, ${unknown.length} of ${result.unknown}:\n`);
    terminal.out(formatTable(unknownColumns, unknown));
  }
  if (options.dryRun === true) terminal.error("A dry run: nothing was corrected.\n");
}

type Differing = Reconciliation["examples"]["differing"][number];
const differingColumns: Column<Differing>[] = [
  {
    title: "CALL",
    cell: ({ requestId, delivery, attempt }) => `${requestId}.${delivery}.${attempt}`,
  },
  { title: "INPUT", cell: ({ ledger }) => String(ledger?.inputTokens ?? "-"), align: "right" },
  { title: "OUTPUT", cell: ({ ledger }) => String(ledger?.outputTokens ?? "-"), align: "right" },
  { title: "STATEMENT INPUT", cell: ({ statement }) => String(statement.inputTokens), align: "right" },
  { title: "STATEMENT OUTPUT", cell: ({ statement }) => String(statement.outputTokens), align: "right" },
];

type Unknown = Reconciliation["examples"]["unknown"][number];
const unknownColumns: Column<Unknown>[] = [
  { title: "CLIENT REQUEST ID", cell: ({ clientRequestId }) => clientRequestId ?? "-" },
  { title: "PROVIDER REQUEST ID", cell: ({ providerRequestId }) => providerRequestId ?? "-" },
  { title: "INPUT", cell: ({ inputTokens }) => String(inputTokens), align: "right" },
  { title: "OUTPUT", cell: ({ outputTokens }) => String(outputTokens), align: "right" },
];
