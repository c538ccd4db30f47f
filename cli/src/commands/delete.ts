import { applyChange } from "@sluice/resources/apply-configuration";
import { describeResource } from "@sluice/resources/resource";
import { Command } from "commander";
import { type ChangeNotes, changeNotes } from "../change-notes.ts";
import { CommandError } from "../command-error.ts";
import type { Terminal } from "../terminal.ts";
import { waitForRevision } from "../wait-for-revision.ts";
import { withOperator } from "../with-operator.ts";
import { tellWarnings } from "./apply.ts";
import { withChangeNotes } from "./change-options.ts";
import { kindOf } from "./kind-of.ts";
import { namedParts } from "./named-parts.ts";
import { waitOption } from "./option-values.ts";

/** `sluice delete`: takes one resource away. */
export function deleteCommand(terminal: Terminal): Command {
  return withChangeNotes(new Command("delete").description("take a resource away"))
    .argument("<kind>", "its kind, such as RouteTable")
    .argument("<name>", "its name, or namespace/name")
    .addOption(waitOption())
    .action(async (kind: string, name: string, { wait, ...options }: ChangeNotes & { wait?: number }) => {
      const metadata = { ...namedParts(name), labels: {} };
      const resource = describeResource({ kind: kindOf(kind), metadata });
      const result = await withOperator(terminal, (bus) =>
        applyChange(bus, { remove: [resource], ...changeNotes(options), change: `delete ${resource}` }),
      );
      if (!result.changes.some(({ type }) => type === "removed"))
        throw new CommandError(`There is no ${resource}.`);
      tellWarnings(terminal, result);
      terminal.error(`Took ${resource} away, as revision ${result.revision}.\n`);
      if (wait !== undefined) await waitForRevision(terminal, result.revision, wait);
    });
}
