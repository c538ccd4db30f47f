import { readEarlierRevision, readKeptRevisions } from "@sluice/resources/applied-configuration";
import { applyChange } from "@sluice/resources/apply-configuration";
import { readAppliedResource } from "@sluice/resources/read-resources";
import { Command } from "commander";
import { type ChangeNotes, changeNotes } from "../change-notes.ts";
import { CommandError } from "../command-error.ts";
import type { Terminal } from "../terminal.ts";
import { waitForRevision } from "../wait-for-revision.ts";
import { withOperator } from "../with-operator.ts";
import { tellWarnings } from "./apply.ts";
import { withChangeNotes } from "./change-options.ts";
import { waitOption } from "./option-values.ts";

/** `sluice rollback`: makes what an earlier revision said the newest one. */
export function rollbackCommand(terminal: Terminal): Command {
  const command = new Command("rollback").description(
    "go back to an earlier revision of the configuration, as a new one",
  );
  return withChangeNotes(command)
    .argument("[revision]", "which one (default: the one before)")
    .addOption(waitOption())
    .action(async (text: string | undefined, { wait, ...options }: ChangeNotes & { wait?: number }) => {
      const named = text === undefined ? undefined : revisionOf(text);
      const result = await withOperator(terminal, async (bus) => {
        const { history, lost } = await readKeptRevisions(bus);
        const [newest, before] = history;
        const revision = named ?? (lost === undefined ? before : newest)?.revision;
        if (revision === undefined) throw new CommandError("There is no revision before this one.");
        const earlier = await readEarlierRevision(bus, revision);
        const done = await applyChange(bus, {
          base: earlier.base,
          baseResources: (earlier.baseResources ?? []).map((plain) => ({ plain })),
          keys: earlier.keys,
          resources: earlier.resources.flatMap((plain) => readAppliedResource(plain).resources),
          prune: true,
          ...changeNotes(options),
          change: `rollback to ${revision}`,
        });
        return { ...done, to: revision };
      });
      tellWarnings(terminal, { ...result, warnings: [] });
      terminal.error(
        result.changed
          ? `Went back to revision ${result.to}, as revision ${result.revision}.\n`
          : `Nothing to do: revision ${result.revision} says what revision ${result.to} said.\n`,
      );
      if (wait !== undefined) await waitForRevision(terminal, result.revision, wait);
    });
}

function revisionOf(text: string): number {
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  throw new CommandError(`${JSON.stringify(text)} is no number of a revision: sluice history shows them.`);
}
