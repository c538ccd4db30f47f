import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Root folder of the repository. */
export const projectFolder = dirname(dirname(fileURLToPath(import.meta.url)));

/** What the set-up keeps for this clone alone: Node, pnpm, logs. Git ignores it; deleting it starts afresh. */
export const toolchainFolder = join(projectFolder, ".toolchain");

/** What programs keep in it to start faster the next time. */
export const cacheFolder = join(toolchainFolder, "cache");

/** The oldest Node that runs Sluice: it strips types and has the APIs that the services use. */
export const oldestNodeMajor = 24;

/** Makes {@link toolchainFolder} and the folder of the logs in it. */
export function makeLogFolder() {
  const folder = join(toolchainFolder, "logs");
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** `linux-x64` and the like for systems that ready-made programs exist for, with glibc; `undefined` for others. */
export function toolchainPlatform() {
  if (process.platform !== "linux") return undefined;
  /** @type {any} The report has no published type. */
  const report = process.report.getReport();
  if (report.header.glibcVersionRuntime === undefined) return undefined;
  return `${process.platform}-${process.arch}`;
}
