import { readAppliedConfiguration, readEarlierRevision } from "@sluice/resources/applied-configuration";
import { applyChange } from "@sluice/resources/apply-configuration";
import { readAppliedResource } from "@sluice/resources/read-resources";
import { Command } from "commander";
import { CommandError } from "../command-error.ts";
import type { Terminal } from "../terminal.ts";
import { waitForRevision } from "../wait-for-revision.ts";
import { withOperator } from "../with-operator.ts";
import { whoApplies } from "./apply.ts";
import { waitOption } from "./option-values.ts";

/** `sluice rollback`: makes what an earlier revision said the newest one. */
export function rollbackCommand(terminal: Terminal): Command {
  return new Command("rollback")
    .description("go back to an earlier revision of the configuration, as a new one")
    .argument("[revision]", "which one (default: the one before)")
    .addOption(waitOption())
    .action(async (text: string | undefined, { wait }: { wait?: number }) => {
      const result = await withOperator(terminal, async (bus) => {
        const { applied } = await readAppliedConfiguration(bus);
        const revision = text === undefined ? applied.history[1]?.revision : Number(text);
        if (revision === undefined) throw new CommandError("There is no revision before this one.");
        if (!Number.isSafeInteger(revision))
          throw new CommandError(`${text} is not the number of a revision.`);
        const earlier = await readEarlierRevision(bus, revision);
        const done = await applyChange(bus, {
          base: earlier.base,
          resources: earlier.resources.flatMap((plain) => readAppliedResource(plain).resources),
          prune: true,
          by: whoApplies(),
          change: `rollback to ${revision}`,
        });
        return { ...done, to: revision };
      });
      terminal.error(
        result.changed
          ? `Went back to revision ${result.to}, as revision ${result.revision}.\n`
          : `Nothing to do: revision ${result.revision} says what revision ${result.to} said.\n`,
      );
      if (wait !== undefined) await waitForRevision(terminal, result.revision, wait);
    });
}
