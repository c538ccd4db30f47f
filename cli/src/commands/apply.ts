import { type AppliedChange, applyChange } from "@sluice/resources/apply-configuration";
import { formatProblem } from "@sluice/resources/configuration-problem";
import { readDeclaredKeys } from "@sluice/resources/declared-keys";
import { type ReadChange, readChange } from "@sluice/resources/read-change";
import { isOfKind } from "@sluice/resources/resource";
import type { ResourceChange } from "@sluice/resources/resource-changes";
import { Command } from "commander";
import { type ChangeNotes, changeNotes } from "../change-notes.ts";
import { usualConfigurationFile } from "../configuration-file.ts";
import { findSealingKeys } from "../find-sealing-keys.ts";
import { readSourceFiles } from "../source-files.ts";
import type { Terminal } from "../terminal.ts";
import { waitForRevision } from "../wait-for-revision.ts";
import { withOperator } from "../with-operator.ts";
import { withChangeNotes } from "./change-options.ts";
import { collect, waitOption } from "./option-values.ts";
import { pathsToRead } from "./paths-to-read.ts";

interface ApplyOptions extends ChangeNotes {
  filename?: string[];
  prune?: boolean;
  dryRun?: boolean;
  wait?: number;
}

/** `sluice apply`: makes a configuration, or resources, the ones that the running mesh works by. */
export function applyCommand(terminal: Terminal): Command {
  const command = new Command("apply").description(
    "check a configuration or resources and take them live in the running mesh; bad ones change nothing",
  );
  return withChangeNotes(command)
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
      tellWarnings(terminal, applied);
      terminal.error(`${closingLine(applied, paths.join(", "), options.dryRun === true)}\n`);
      if (options.wait !== undefined && options.dryRun !== true) {
        await waitForRevision(terminal, applied.revision, options.wait);
      }
    });
}

/** Applies what was read. Keys to seal with are looked for only where there is something to seal. */
export async function applyRead(
  terminal: Terminal,
  { base, baseResources = [], declaredKeys, resources }: ReadChange,
  what: string,
  { prune, dryRun, ...notes }: Pick<ApplyOptions, "prune" | "dryRun" | "as" | "message">,
): Promise<AppliedChange> {
  const hasValues = resources.some(
    (resource) =>
      isOfKind(resource, "Secret") && (resource.spec.data ?? resource.spec.stringData) !== undefined,
  );
  const sealingKeys = hasValues ? await findSealingKeys(terminal) : undefined;
  const keys = declaredKeys && (await readDeclaredKeys(declaredKeys, terminal.environment));
  return await withOperator(terminal, (bus) =>
    applyChange(
      bus,
      {
        ...(base === undefined ? {} : { base, baseResources }),
        ...(keys === undefined ? {} : { keys }),
        resources,
        prune: prune === true,
        ...changeNotes(notes),
        change: `apply ${what}`,
      },
      { keys: sealingKeys, dryRun: dryRun === true },
    ),
  );
}

/** Says what was taken as it is, and whether the audit of the change has to wait. */
export function tellWarnings(terminal: Terminal, { warnings, audited }: AppliedChange): void {
  for (const warning of warnings) terminal.error(`warning: ${formatProblem(warning)}\n`);
  if (audited) return;
  terminal.error(
    "warning: the event stream does not take the audit of this change; it is kept, and the next change writes it first\n",
  );
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
