import { publishSnapshot } from "@sluice/resources/publish-snapshot";
import { Command } from "commander";
import type { Terminal } from "../terminal.ts";
import { withOperator } from "../with-operator.ts";
import { readConfiguration, usualConfigurationFile } from "./validate.ts";

/** `sluice apply`: makes a configuration the one that the running mesh works by. */
export function applyCommand(terminal: Terminal): Command {
  return new Command("apply")
    .description("check a configuration and take it live in the running mesh; a bad one changes nothing")
    .argument("[file]", "the configuration", usualConfigurationFile)
    .action(async (file: string) => {
      const content = await readConfiguration(terminal, file);
      const { revision, changed } = await withOperator(terminal, (bus) => publishSnapshot(bus, content));
      terminal.error(
        changed
          ? `Applied ${file} as revision ${revision}.\n`
          : `Nothing to do: the mesh works by ${file} already (revision ${revision}).\n`,
      );
    });
}
