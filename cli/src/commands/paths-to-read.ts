import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { CommandError } from "../command-error.ts";
import { usualConfigurationFile } from "../configuration-file.ts";
import type { Terminal } from "../terminal.ts";

/**
 * What a command is to read: what its `-f` name, else its argument, else the usual configuration.
 * @throws CommandError where both are given, and for a folder that is not named by `-f`
 */
export async function pathsToRead(
  terminal: Terminal,
  file: string | undefined,
  named: readonly string[] | undefined,
): Promise<readonly string[]> {
  if (named !== undefined) {
    if (file !== undefined) throw new CommandError("Name the files either with -f or without it.");
    return named;
  }
  const only = file ?? usualConfigurationFile;
  const found = await stat(resolve(terminal.directory, only)).catch(() => undefined);
  if (found?.isDirectory() === true) throw new CommandError(`${only} is a folder, not a file.`);
  return [only];
}
