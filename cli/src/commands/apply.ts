import { hostname, userInfo } from "node:os";
import { type AppliedChange, applyChange } from "@sluice/resources/apply-configuration";
import { formatProblem } from "@sluice/resources/configuration-problem";
import { type ReadChange, readChange } from "@sluice/resources/read-change";
import { isOfKind } from "@sluice/resources/resource";
import type { ResourceChange } from "@sluice/resources/resource-changes";
import { Command } from "commander";
import { usualConfigurationFile } from "../configuration-file.ts";
import { findSealingKeys } from "../find-sealing-keys.ts";
import { readSourceFiles } from "../source-files.ts";
import type { Terminal } from "../terminal.ts";
import { waitForRevision } from "../wait-for-revision.ts";
import { withOperator } from "../with-operator.ts";
import { collect, waitOption } from "./option-values.ts";
import { pathsToRead } from "./paths-to-read.ts";

interface ApplyOptions {
  filename?: string[];
  prune?: boolean;
  dryRun?: boolean;
  wait?: number;
}

/** `sluice apply`: makes a configuration, or resources, the ones that the running mesh works by. */
export function applyCommand(terminal: Terminal): Command {
  return new Command("apply")
    .description(
      "check a configuration or resources and take them live in the running mesh; bad ones change nothing",
    )
    .argument("[file]", `the configuration (default: ${usualConfigurationFile}, where there is no -f)`)
    .option("-f, --filename <path>", "a file, a folder, or - for standard input; may be repeated", collect)
    .option("--prune", "take away all resources that are not among these")
    .option("--dry-run", "say what would change, and change nothing")
    .addOption(waitOption())
    .action(async (file: string | undefined, options: ApplyOptions) => {
      const paths = await pathsToRead(terminal, file, options.filename);
      const change = readChange(await readSourceFiles(terminal, paths));
      const applied = await applyRead(terminal, change, paths.join(", "), options);
      tellChanges(terminal, applied.changes);
      for (const warning of applied.warnings) terminal.error(`warning: ${formatProblem(warning)}\n`);
      terminal.error(`${closingLine(applied, paths.join(", "), options.dryRun === true)}\n`);
      if (options.wait !== undefined && options.dryRun !== true) {
        await waitForRevision(terminal, applied.revision, options.wait);
      }
    });
}

/** Applies what was read. Keys to seal with are looked for only where there is something to seal. */
export async function applyRead(
  terminal: Terminal,
  { base, resources }: ReadChange,
  what: string,
  { prune, dryRun }: Pick<ApplyOptions, "prune" | "dryRun">,
): Promise<AppliedChange> {
  const hasValues = resources.some(
    (resource) =>
      isOfKind(resource, "Secret") && (resource.spec.data ?? resource.spec.stringData) !== undefined,
  );
  const keys = hasValues ? await findSealingKeys(terminal) : undefined;
  return await withOperator(terminal, (bus) =>
    applyChange(
      bus,
      {
        ...(base === undefined ? {} : { base }),
        resources,
        prune: prune === true,
        by: whoApplies(),
        change: `apply ${what}`,
      },
      { keys, dryRun: dryRun === true },
    ),
  );
}

/** `user@host`, for the history. */
export function whoApplies(): string {
  return `${userInfo().username}@${hostname()}`;
}

function tellChanges(terminal: Terminal, changes: readonly ResourceChange[]): void {
  for (const { name, type } of changes) if (type !== "unchanged") terminal.out(`${name} ${type}\n`);
}

function closingLine({ changed, revision }: AppliedChange, what: string, dryRun: boolean): string {
  if (dryRun) return `Nothing was changed: ${what} can be applied.`;
  return changed
    ? `Applied ${what} as revision ${revision}.`
    : `Nothing to do: the mesh works by ${what} already (revision ${revision}).`;
}
