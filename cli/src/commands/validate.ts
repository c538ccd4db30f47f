import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { readConfigurationFile } from "@sluice/resources/read-configuration";
import type { BaseContent } from "@sluice/resources/snapshot";
import { Command } from "commander";
import { CommandError } from "../command-error.ts";
import type { Terminal } from "../terminal.ts";

/** Name of the configuration where none is given. */
export const usualConfigurationFile = "sluice.yaml";

/** `sluice validate`: checks a configuration without a mesh, as a build does. */
export function validateCommand(terminal: Terminal): Command {
  return new Command("validate")
    .description("check a configuration and name every problem, without a running mesh")
    .argument("[file]", "the configuration", usualConfigurationFile)
    .action(async (file: string) => {
      const { models, backends, guardPolicies } = await readConfiguration(terminal, file);
      const parts = [
        count(models.length, "model route"),
        count(Object.keys(backends).length, "backend"),
        count(Object.keys(guardPolicies).length, "guard policy", "guard policies"),
      ];
      terminal.error(`${file} is valid: ${parts.join(", ")}.\n`);
    });
}

/**
 * Reads a configuration; a relative path begins at the terminal's folder.
 * @throws CommandError when the file can't be read; ConfigurationError with every problem of it
 */
export async function readConfiguration(terminal: Terminal, file: string): Promise<BaseContent> {
  try {
    return await readConfigurationFile(resolve(terminal.directory, file), file);
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    if (code === "ENOENT") throw new CommandError(`There is no file ${file} here.`, { cause });
    if (code === "EISDIR") throw new CommandError(`${file} is a folder, not a file.`, { cause });
    if (code === "EACCES") throw new CommandError(`The file ${file} may not be read.`, { cause });
    throw cause;
  }
}

/** Where one configuration is meant and not a folder of resources. @throws CommandError */
export async function refuseFolder(terminal: Terminal, file: string): Promise<void> {
  const found = await stat(resolve(terminal.directory, file)).catch(() => undefined);
  if (found?.isDirectory() === true) throw new CommandError(`${file} is a folder, not a file.`);
}

function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`;
}
