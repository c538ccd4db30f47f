import { applyChange } from "@sluice/resources/apply-configuration";
import { formatProblem } from "@sluice/resources/configuration-problem";
import { describeResource } from "@sluice/resources/resource";
import { Command } from "commander";
import { CommandError } from "../command-error.ts";
import type { Terminal } from "../terminal.ts";
import { waitForRevision } from "../wait-for-revision.ts";
import { withOperator } from "../with-operator.ts";
import { whoApplies } from "./apply.ts";
import { kindOf } from "./kind-of.ts";
import { waitOption } from "./option-values.ts";

/** `sluice delete`: takes one resource away. */
export function deleteCommand(terminal: Terminal): Command {
  return new Command("delete")
    .description("take a resource away")
    .argument("<kind>", "its kind, such as RouteTable")
    .argument("<name>", "its name, or namespace/name")
    .addOption(waitOption())
    .action(async (kind: string, name: string, { wait }: { wait?: number }) => {
      const parts = name.split("/");
      const metadata = {
        name: parts.at(-1) ?? "",
        namespace: parts.length > 1 ? (parts[0] ?? "") : "default",
        labels: {},
      };
      const resource = describeResource({ kind: kindOf(kind), metadata });
      const result = await withOperator(terminal, (bus) =>
        applyChange(bus, { remove: [resource], by: whoApplies(), change: `delete ${resource}` }),
      );
      if (!result.changes.some(({ type }) => type === "removed"))
        throw new CommandError(`There is no ${resource}.`);
      for (const warning of result.warnings) terminal.error(`warning: ${formatProblem(warning)}\n`);
      terminal.error(`Took ${resource} away, as revision ${result.revision}.\n`);
      if (wait !== undefined) await waitForRevision(terminal, result.revision, wait);
    });
}
