import { accessSync, constants, readdirSync, statSync } from "node:fs";
import { delimiter, join } from "node:path";

/** Debian keeps servers in `sbin`, which is not on the PATH of every user. */
const administratorFolders = ["/usr/local/sbin", "/usr/sbin", "/sbin", "/opt/homebrew/bin"];

/**
 * @param {string} name File name of a program.
 * @param {string[]} [extraFolders] Looked into after the PATH.
 * @returns {string | undefined} Its path, or `undefined` when it is not installed.
 */
export function findProgram(name, extraFolders = []) {
  const pathFolders = (process.env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  return [...pathFolders, ...administratorFolders, ...extraFolders]
    .map((folder) => join(folder, name))
    .find(isExecutableFile);
}

/** Debian keeps PostgreSQL's server programs outside of every PATH, in a folder per version. */
export function postgresFolders() {
  const root = "/usr/lib/postgresql";
  try {
    return readdirSync(root).map((version) => join(root, version, "bin"));
  } catch {
    return [];
  }
}

/** @param {string} path */
function isExecutableFile(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
