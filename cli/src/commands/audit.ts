import { Command } from "commander";
import { z } from "zod";
import { CommandError } from "../command-error.ts";
import { findLedger } from "../find-mesh.ts";
import { readLedgerRows, writeLedgerCsv } from "../ledger-client.ts";
import type { Terminal } from "../terminal.ts";
import { kindOf } from "./kind-of.ts";
import { sinceValue } from "./option-values.ts";

const path = "/v1/audit/changes";

const changeSchema = z.object({
  changeId: z.string(),
  revision: z.number(),
  previousRevision: z.number(),
  occurredAt: z.string(),
  by: z.string(),
  origin: z.string(),
  change: z.string(),
  reason: z.string().nullable(),
  kind: z.string(),
  namespace: z.string(),
  name: z.string(),
  type: z.string(),
  diff: z.string(),
});
type Change = z.infer<typeof changeSchema>;

interface AuditOptions {
  since?: string;
  by?: string;
  kind?: string;
  name?: string;
  output?: string;
}

/** `sluice audit`: what was changed, by whom and why, from the ledger. */
export function auditCommand(terminal: Terminal): Command {
  return new Command("audit")
    .description("show what was changed, by whom, from where and why, with the lines that are different")
    .option("--since <when>", "a duration such as 7d, a day or an instant (default: all)", sinceValue)
    .option("--by <name>", "changes of this one only")
    .option("--kind <kind>", "changes of resources of this kind only")
    .option("--name <name>", "changes of resources of this name only")
    .option("-o, --output <form>", "text, json or csv (default: text)")
    .action((options: AuditOptions) => audit(terminal, options));
}

async function audit(terminal: Terminal, { output = "text", ...options }: AuditOptions): Promise<void> {
  if (!["text", "json", "csv"].includes(output)) {
    throw new CommandError(`There is no output ${JSON.stringify(output)}: use text, json or csv.`);
  }
  const query = new URLSearchParams();
  const parameters = {
    from: options.since,
    by: options.by,
    kind: options.kind === undefined ? undefined : auditedKind(options.kind),
    name: options.name,
  };
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined) query.set(name, value);
  }
  const ledger = await findLedger(terminal);
  if (output === "csv") {
    await writeLedgerCsv(ledger, path, query, (text) => terminal.out(text));
    return;
  }
  const changes = z.array(changeSchema).parse(await readLedgerRows(ledger, path, query));
  if (output === "json") terminal.out(`${JSON.stringify(changes, null, 2)}\n`);
  else if (changes.length === 0) terminal.error("Nothing was changed in that time.\n");
  else terminal.out(asText(changes));
}

/** `sluice.yaml` is audited under a kind of its own. */
function auditedKind(text: string): string {
  return /^configurations?$/i.test(text) ? "Configuration" : kindOf(text);
}

/** The newest first, each with its resources and their lines. */
function asText(changes: readonly Change[]): string {
  const byChange = Map.groupBy(changes, ({ changeId }) => changeId);
  return [...byChange.values()].map(changeText).join("\n");
}

function changeText(resources: readonly Change[]): string {
  const [first] = resources;
  if (first === undefined) return "";
  const { revision, occurredAt, by, origin, change, reason } = first;
  const who = by === origin ? by : `${by} (${origin})`;
  const head = `revision ${revision}  ${occurredAt}  ${who}  ${change}`;
  return [
    `${printable(head)}\n`,
    reason === null ? "" : `  ${printable(reason)}\n`,
    ...resources.map(
      ({ kind, namespace, name, type, diff }) =>
        `  ${kind} ${namespace}/${name} ${type}\n${printable(diff).replaceAll(/^(?=.)/gm, "    ")}`,
    ),
  ].join("");
}

/** What people wrote: a control character in it must not reach the terminal. */
function printable(text: string): string {
  return text.replaceAll(/[^\P{Cc}\n]/gu, "?");
}
