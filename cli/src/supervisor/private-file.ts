import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";

/**
 * Writes a file that only its owner may read, in one step for whoever reads it: they see the old text or the new one.
 */
export function writePrivateFile(path: string, text: string): void {
  const temporary = `${path}.${process.pid}.new`;
  rmSync(temporary, { force: true });
  writeFileSync(temporary, text, { mode: 0o600 });
  renameSync(temporary, path);
}

/** The text of a file, or `undefined` when there is none. */
export function readFileIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}
