import { accessSync, constants, readdirSync, statSync } from "node:fs";
import { delimiter, join } from "node:path";

/** Debian keeps servers in `sbin`, which is not on the PATH of every user. */
const administratorFolders = ["/usr/local/sbin", "/usr/sbin", "/sbin", "/opt/homebrew/bin"];

/**
 * Looks a program up on the PATH, then in the administrator's folders.
 *
 * @param name File name without a folder, such as `nats-server`.
 * @param extraFolders Looked into after all others.
 * @returns Absolute path, or `undefined` when there is no such executable file.
 */
export function findExecutable(name: string, extraFolders: readonly string[] = []): string | undefined {
  const pathFolders = (process.env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  return [...pathFolders, ...administratorFolders, ...extraFolders]
    .map((folder) => join(folder, name))
    .find(isExecutableFile);
}

/** Folders of the installed PostgreSQL versions as Debian lays them out, newest first. */
export function postgresFolders(): string[] {
  const root = "/usr/lib/postgresql";
  try {
    return readdirSync(root)
      .sort((left, right) => Number(right) - Number(left))
      .map((version) => join(root, version, "bin"));
  } catch {
    return [];
  }
}

function isExecutableFile(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
