import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { CommandError } from "./command-error.ts";
import { explainFileFailure } from "./file-failure.ts";
import type { Terminal } from "./terminal.ts";

/**
 * Reads a file that a command is given, without the mark that some programs begin a file with.
 * @param file `-` is the standard input.
 * @param what is read, for the message: `The statement`
 * @throws CommandError when it can't be read
 */
export async function readInputFile(terminal: Terminal, file: string, what: string): Promise<string> {
  try {
    const path = resolve(terminal.directory, file);
    const text = file === "-" ? await terminal.readInput() : await readFile(path, "utf8");
    return text.replace(/^\ufeff/, "");
  } catch (cause) {
    const failure = explainFileFailure(file, cause);
    if (failure instanceof CommandError) throw failure;
    throw new CommandError(`${what} can't be read from ${file}.`, { cause });
  }
}
