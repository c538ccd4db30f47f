import { readKeptRevisions } from "@sluice/resources/applied-configuration";
import type { AppliedRevision } from "@sluice/resources/applied-store";
import { Command } from "commander";
import { formatTable } from "../table.ts";
import type { Terminal } from "../terminal.ts";
import { withOperator } from "../with-operator.ts";

/** `sluice history`: who changed the configuration when. */
export function historyCommand(terminal: Terminal): Command {
  return new Command("history")
    .description("show who changed the configuration and when, the newest first")
    .option("--json", "print JSON")
    .action(async (options: { json?: boolean }) => {
      const { history, lost } = await withOperator(terminal, readKeptRevisions);
      if (lost !== undefined) terminal.error(`warning: ${lost}\n`);
      if (options.json === true) {
        terminal.out(`${JSON.stringify(history, null, 2)}\n`);
        return;
      }
      terminal.out(
        formatTable<AppliedRevision>(
          [
            { title: "REVISION", cell: ({ revision }) => String(revision), align: "right" },
            { title: "WHEN", cell: ({ atMs }) => new Date(atMs).toISOString() },
            { title: "WHO", cell: ({ by }) => by },
            {
              title: "CHANGE",
              cell: ({ change, reason }) => (reason === undefined ? change : `${change} (${reason})`),
            },
          ],
          history,
        ),
      );
    });
}
