import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join, relative } from "node:path";
import { findProgram } from "./find-program.mjs";
import { runLogged } from "./logged-command.mjs";
import { step } from "./progress.mjs";
import { oldestNodeMajor, projectFolder, toolchainFolder, toolchainPlatform } from "./project.mjs";
import { SetUpFailure } from "./set-up-failure.mjs";
import { stamp } from "./stamp.mjs";
import { isWritable } from "./writable.mjs";

/**
 * @typedef {object} Tool
 * @property {string} version
 * @property {string} program Path of the executable inside its package.
 * @property {Record<string, { name: string, integrity: string }>} packages By platform, as `linux-x64`.
 *
 * @typedef {object} Toolchain
 * @property {string} node
 * @property {string} pnpm
 */

const ownNodeMajor = Number(process.versions.node.split(".")[0]);

/** @returns {{ node: Tool, pnpm: Tool }} */
function pinnedTools() {
  return JSON.parse(readFileSync(join(projectFolder, "setup", "toolchain.json"), "utf8"));
}

/**
 * Where Node and pnpm are, or `undefined` when they have yet to be installed. Looks at a few files only.
 * @returns {Toolchain | undefined}
 */
export function findToolchain() {
  const tools = pinnedTools();
  const node = ownNodeMajor >= oldestNodeMajor ? process.execPath : installedProgram("node", tools.node);
  const pnpm = toolchainPlatform() === undefined ? findProgram("pnpm") : installedProgram("pnpm", tools.pnpm);
  return node === undefined || pnpm === undefined ? undefined : { node, pnpm };
}

/**
 * Gets what is missing from the npm registry: Node where this process's own is too old, and pnpm. Both are native
 * programs in npm packages, pinned by version and checksum in `toolchain.json`, and kept inside the project.
 * @returns {Promise<Toolchain>}
 */
export async function installToolchain() {
  const tools = pinnedTools();
  if (toolchainPlatform() === undefined) {
    const need = ownNodeMajor >= oldestNodeMajor ? "" : `Node ${oldestNodeMajor} (nodejs.org) and `;
    throw new SetUpFailure(
      `On ${process.platform}-${process.arch} the set-up cannot install ${need === "" ? "pnpm" : "Node and pnpm"} by itself`,
      `Install ${need}pnpm (npm install --global pnpm@${tools.pnpm.version}), then run the command again`,
    );
  }
  if (ownNodeMajor < oldestNodeMajor && installedProgram("node", tools.node) === undefined) {
    await step(`Node ${tools.node.version} from the npm registry`, () => installTool("node", tools.node));
  }
  if (installedProgram("pnpm", tools.pnpm) === undefined) {
    await step(`pnpm ${tools.pnpm.version} from the npm registry`, () => installTool("pnpm", tools.pnpm));
  }
  const toolchain = findToolchain();
  if (toolchain === undefined) {
    throw new SetUpFailure(
      `Node or pnpm is missing in ${toolchainFolder} though npm installed it`,
      "Delete that folder and run the command again",
    );
  }
  return toolchain;
}

/**
 * @param {string} name
 * @param {Tool} tool
 */
function describeTool(name, tool) {
  const platform = toolchainPlatform();
  const found = platform === undefined ? undefined : tool.packages[platform];
  if (found === undefined) {
    throw new SetUpFailure(
      `There is no ready-made ${name} for ${process.platform}-${process.arch}`,
      "Use Linux on x64 or arm64",
    );
  }
  const folder = join(toolchainFolder, name);
  return {
    folder,
    packageName: found.name,
    integrity: found.integrity,
    program: join(folder, "node_modules", found.name, tool.program),
    stamp: stamp(join(folder, "node_modules", ".sluice-stamp"), [found.name, tool.version, found.integrity]),
  };
}

/**
 * @param {string} name
 * @param {Tool} tool
 */
function installedProgram(name, tool) {
  const described = describeTool(name, tool);
  return described.stamp.isCurrent() && existsSync(described.program) ? described.program : undefined;
}

/**
 * @param {string} name
 * @param {Tool} tool
 */
async function installTool(name, tool) {
  const { folder, packageName, integrity, program, stamp: done } = describeTool(name, tool);
  mkdirSync(folder, { recursive: true });
  done.clear();
  const root = { name: `sluice-${name}`, version: "1.0.0", dependencies: { [packageName]: tool.version } };
  const lock = {
    ...root,
    lockfileVersion: 3,
    packages: { "": root, [`node_modules/${packageName}`]: { version: tool.version, integrity } },
  };
  writeFileSync(join(folder, "package.json"), JSON.stringify(root));
  writeFileSync(join(folder, "package-lock.json"), JSON.stringify(lock));

  const npm = findProgram("npm");
  if (npm === undefined) {
    throw new SetUpFailure(
      "npm is not on the PATH",
      "Install Node with its npm (Debian: apt-get install npm)",
    );
  }
  await runLogged({
    name: `npm ci (${name})`,
    program: npm,
    programArguments: [
      "ci",
      "--ignore-scripts",
      "--no-audit",
      "--no-fund",
      "--no-update-notifier",
      "--fetch-retries=3",
      "--fetch-retry-mintimeout=500",
      "--fetch-retry-maxtimeout=4000",
      // npm keeps its cache and logs in the home folder, which may not be ours to write.
      ...(isWritable(homedir()) ? [] : ["--cache", join(toolchainFolder, "npm-cache")]),
    ],
    folder,
    environment: withoutNpmRun(process.env),
  });
  verify(name, program);
  link(name, program);
  done.set();
}

/**
 * @param {string} name
 * @param {string} program
 */
function verify(name, program) {
  try {
    execFileSync(program, ["--version"], { stdio: "pipe" });
  } catch (error) {
    throw new SetUpFailure(
      `${name} was installed but does not run here (${error instanceof Error ? error.message : error})`,
      `Install Node ${oldestNodeMajor} on this machine so that it is the first on the PATH, then run the command again`,
    );
  }
}

/**
 * Makes the program known under a short path, `.toolchain/bin/<name>`, in one step for whoever uses it meanwhile.
 * @param {string} name
 * @param {string} program
 */
function link(name, program) {
  const folder = join(toolchainFolder, "bin");
  mkdirSync(folder, { recursive: true });
  const path = join(folder, name);
  const temporary = `${path}.${process.pid}`;
  rmSync(temporary, { force: true });
  symlinkSync(relative(dirname(temporary), program), temporary);
  renameSync(temporary, path);
}

/**
 * What `npm start` tells its script about itself would make another npm believe it runs in our project.
 * @param {NodeJS.ProcessEnv} environment
 */
function withoutNpmRun(environment) {
  return Object.fromEntries(
    Object.entries(environment).filter(
      ([name]) =>
        !/^npm_(package|lifecycle)_|^npm_config_(local_prefix|global_prefix|prefix)$|^npm_command$/i.test(
          name,
        ),
    ),
  );
}
