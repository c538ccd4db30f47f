import { readAppliedConfiguration } from "@sluice/resources/applied-configuration";
import { Command } from "commander";
import { readConfiguration } from "../configuration-file.ts";
import type { Terminal } from "../terminal.ts";
import { withOperator } from "../with-operator.ts";
import { resourcesAsYaml } from "./resources-as-yaml.ts";

/** `sluice export`: all resources as one file of YAML, Secrets sealed. */
export function exportCommand(terminal: Terminal): Command {
  return new Command("export")
    .description("write all resources as YAML, with Secrets sealed, as apply takes them")
    .option(
      "--from <file>",
      "the resources that a configuration such as sluice.yaml stands for, without a mesh",
    )
    .action(async ({ from }: { from?: string }) => {
      const { resources } =
        from === undefined
          ? await withOperator(terminal, readAppliedConfiguration)
          : await readConfiguration(terminal, from);
      terminal.out(resourcesAsYaml(resources));
    });
}
