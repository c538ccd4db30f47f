import { checkChange } from "@sluice/resources/check-change";
import { ConfigurationError, formatProblem } from "@sluice/resources/configuration-problem";
import type { ReadChange } from "@sluice/resources/read-change";
import { Command } from "commander";
import { usualConfigurationFile } from "../configuration-file.ts";
import { readSourceFiles } from "../source-files.ts";
import type { Terminal } from "../terminal.ts";
import { collect } from "./option-values.ts";
import { pathsToRead } from "./paths-to-read.ts";

interface ValidateOptions {
  filename?: string[];
  strict?: boolean;
}

/** `sluice validate`: checks a configuration or resources without a mesh, as a build does. */
export function validateCommand(terminal: Terminal): Command {
  return new Command("validate")
    .description("check a configuration or resources and name every problem, without a running mesh")
    .argument("[file]", `the configuration (default: ${usualConfigurationFile}, where there is no -f)`)
    .option("-f, --filename <path>", "a file, a folder, or - for standard input; may be repeated", collect)
    .option("--strict", "take warnings for problems")
    .action(async (file: string | undefined, options: ValidateOptions) => {
      const paths = await pathsToRead(terminal, file, options.filename);
      const checked = await checkChange(await readSourceFiles(terminal, paths));
      const { warnings } = checked;
      if (options.strict === true && warnings.length > 0) throw new ConfigurationError(warnings);
      for (const warning of warnings) terminal.error(`warning: ${formatProblem(warning)}\n`);
      terminal.error(
        `${paths.join(", ")} ${paths.length === 1 ? "is" : "are"} valid: ${partsOf(checked)}.\n`,
      );
    });
}

/** What there is of everything, in words. */
function partsOf({ base, resources }: ReadChange): string {
  const ofBase =
    base === undefined
      ? []
      : [
          count(base.models.length, "model route"),
          count(Object.keys(base.backends).length, "backend"),
          count(Object.keys(base.guardPolicies).length, "guard policy", "guard policies"),
        ];
  const byKind = Map.groupBy(resources, ({ kind }) => kind);
  const parts = [...ofBase, ...[...byKind].map(([kind, { length }]) => `${length} ${kind}`)];
  return parts.length === 0 ? "nothing is in it" : parts.join(", ");
}

function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`;
}
