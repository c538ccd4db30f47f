import { readChange } from "@sluice/resources/read-change";
import type { ResourceChange } from "@sluice/resources/resource-changes";
import { Command } from "commander";
import { createTwoFilesPatch, FILE_HEADERS_ONLY } from "diff";
import { readSourceFiles } from "../source-files.ts";
import type { Terminal } from "../terminal.ts";
import { applyRead } from "./apply.ts";
import { collect } from "./option-values.ts";

/** `sluice diff`: what applying some files would change, line by line. */
export function diffCommand(terminal: Terminal): Command {
  return new Command("diff")
    .description("show what applying resources would change, line by line; exits with 0 either way")
    .requiredOption(
      "-f, --filename <path>",
      "a file, a folder, or - for standard input; may be repeated",
      collect,
    )
    .option("--prune", "as with apply: what is not among these goes")
    .action(async (options: { filename: string[]; prune?: boolean }) => {
      const change = readChange(await readSourceFiles(terminal, options.filename));
      const { changes } = await applyRead(terminal, change, "", { ...options, dryRun: true });
      const different = changes.filter(({ type }) => type !== "unchanged");
      for (const resource of different) terminal.out(patchOf(resource));
      if (different.length === 0) terminal.error("Nothing would change.\n");
    });
}

/** A unified diff; a Secret's values are sealed in it. */
function patchOf({ name, before, after }: ResourceChange): string {
  const options = { context: 3, headerOptions: FILE_HEADERS_ONLY };
  return createTwoFilesPatch(`applied ${name}`, `new ${name}`, before, after, "", "", options);
}
