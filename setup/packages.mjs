import { existsSync, readdirSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { runLogged } from "./logged-command.mjs";
import { step } from "./progress.mjs";
import { projectFolder, toolchainFolder } from "./project.mjs";
import { stamp } from "./stamp.mjs";
import { isWritable } from "./writable.mjs";

/** Folders that hold packages; a test compares it with pnpm-workspace.yaml, which cannot be read without packages. */
export const packageFolders = ["libs/*", "services/*", "cli", "compact", "simulator", "bench", "test"];

/** @returns {boolean} Whether the packages of the lock file are installed. */
export function arePackagesInstalled() {
  const folders = workspaceFolders();
  return packagesStamp(folders).isCurrent() && folders.every(hasItsModules);
}

/**
 * Installs the packages of the lock file, exactly those.
 * @param {import("./toolchain.mjs").Toolchain} toolchain
 */
export async function installPackages(toolchain) {
  await step("packages of pnpm-lock.yaml", async () => {
    const done = packagesStamp(workspaceFolders());
    done.clear();
    await runLogged({
      name: "pnpm install",
      program: toolchain.pnpm,
      programArguments: [
        "install",
        "--frozen-lockfile",
        // npm's own way to name another registry; pnpm does not look at it.
        ...(process.env.npm_config_registry ? [`--registry=${process.env.npm_config_registry}`] : []),
        ...(isWritable(homedir()) ? [] : ["--store-dir", join(toolchainFolder, "pnpm-store")]),
      ],
      folder: projectFolder,
      environment: {
        ...process.env,
        PATH: [dirname(toolchain.node), process.env.PATH ?? ""].join(delimiter),
        // Nobody is there to be asked.
        CI: "true",
        // The lock file was checked when it was made, and its checksums bind every package. Looking all of them up in
        // the registry again costs seconds, and minutes where the registry cannot be reached.
        PNPM_CONFIG_TRUST_LOCKFILE: "true",
        PNPM_CONFIG_FETCH_RETRIES: "3",
        PNPM_CONFIG_FETCH_RETRY_MINTIMEOUT: "300",
        PNPM_CONFIG_FETCH_RETRY_MAXTIMEOUT: "2000",
      },
    });
    done.set();
  });
}

/** @param {string[]} folders */
function packagesStamp(folders) {
  const files = [
    join(projectFolder, "pnpm-lock.yaml"),
    join(projectFolder, "pnpm-workspace.yaml"),
    ...folders.map((folder) => join(folder, "package.json")),
  ];
  return stamp(join(projectFolder, "node_modules", ".sluice-stamp"), [
    `${process.platform}-${process.arch}`,
    ...files.map((file) => readFileSync(file, "utf8")),
  ]);
}

function workspaceFolders() {
  const folders = packageFolders.flatMap((pattern) => {
    if (!pattern.endsWith("/*")) return [pattern];
    const parent = pattern.slice(0, -2);
    return readdirSync(join(projectFolder, parent))
      .sort()
      .map((name) => join(parent, name));
  });
  return [projectFolder, ...folders.map((folder) => join(projectFolder, folder))].filter((folder) =>
    existsSync(join(folder, "package.json")),
  );
}

/** @param {string} folder */
function hasItsModules(folder) {
  const { dependencies = {}, devDependencies = {} } = JSON.parse(
    readFileSync(join(folder, "package.json"), "utf8"),
  );
  const isWithout = Object.keys(dependencies).length + Object.keys(devDependencies).length === 0;
  return isWithout || existsSync(join(folder, "node_modules"));
}
