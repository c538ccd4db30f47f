import { readdir, readFile, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import type { SourceFile } from "@sluice/resources/read-change";
import { CommandError } from "./command-error.ts";
import { explainFileFailure } from "./file-failure.ts";
import type { Terminal } from "./terminal.ts";

/** What of a folder is read. */
const readable = /\.(ya?ml|json)$/i;

/**
 * Reads what `-f` names: files, folders with all that is in them, or `-` for standard input. In the order of the
 * arguments, of a folder by name.
 * @throws CommandError for what can't be read, and for a folder with nothing to read
 */
export async function readSourceFiles(terminal: Terminal, paths: readonly string[]): Promise<SourceFile[]> {
  const files: SourceFile[] = [];
  for (const path of paths) {
    if (path === "-") {
      const text = await terminal.readInput();
      files.push({ text, name: "standard input", directory: terminal.directory });
    } else {
      files.push(...(await readPath(terminal, path)));
    }
  }
  return files;
}

async function readPath(terminal: Terminal, path: string): Promise<SourceFile[]> {
  const whole = resolve(terminal.directory, path);
  try {
    if (!(await stat(whole)).isDirectory()) {
      return [{ text: await readFile(whole, "utf8"), name: path, directory: dirname(whole) }];
    }
    const entries = await readdir(whole, { recursive: true, withFileTypes: true });
    const names = entries
      .filter((entry) => entry.isFile() && readable.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name))
      .toSorted();
    if (names.length === 0) throw new CommandError(`${path} has no file that ends in .yaml, .yml or .json.`);
    return await Promise.all(
      names.map(async (name) => ({
        text: await readFile(name, "utf8"),
        name: join(path, name.slice(whole.length + 1)),
        directory: dirname(name),
      })),
    );
  } catch (cause) {
    throw explainFileFailure(path, cause);
  }
}
