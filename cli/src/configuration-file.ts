import { resolve } from "node:path";
import { type ReadConfiguration, readConfigurationFile } from "@sluice/resources/read-configuration";
import { explainFileFailure } from "./file-failure.ts";
import type { Terminal } from "./terminal.ts";

/** Name of the configuration where none is given. */
export const usualConfigurationFile = "sluice.yaml";

/**
 * Reads a configuration; a relative path begins at the terminal's folder.
 * @throws CommandError when the file can't be read; ConfigurationError with every problem of it
 */
export async function readConfiguration(terminal: Terminal, file: string): Promise<ReadConfiguration> {
  try {
    return await readConfigurationFile(resolve(terminal.directory, file), file);
  } catch (cause) {
    throw explainFileFailure(file, cause);
  }
}
