import { readAppliedConfiguration } from "@sluice/resources/applied-configuration";
import { Command } from "commander";
import type { Terminal } from "../terminal.ts";
import { withOperator } from "../with-operator.ts";
import { resourcesAsYaml } from "./resources-as-yaml.ts";

/** `sluice export`: all resources as one file of YAML, Secrets sealed. */
export function exportCommand(terminal: Terminal): Command {
  return new Command("export")
    .description("write all resources as YAML, with Secrets sealed, as apply takes them")
    .action(async () => {
      const { resources } = await withOperator(terminal, readAppliedConfiguration);
      terminal.out(resourcesAsYaml(resources));
    });
}
