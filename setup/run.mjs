import { commands } from "./commands.mjs";
import { handOver } from "./hand-over.mjs";
import { watchForInterruption } from "./interruption.mjs";
import { onlyOne } from "./only-one.mjs";
import { arePackagesInstalled, installPackages } from "./packages.mjs";
import { installServers, missingServers } from "./server-packages.mjs";
import { failureLine, SetUpFailure } from "./set-up-failure.mjs";
import { findToolchain, installToolchain } from "./toolchain.mjs";

/**
 * Sets everything up that a root command needs, then runs it: `node setup/run.mjs <command> [arguments]`.
 * Plain JavaScript that needs no packages and runs on older versions of Node, because it is what gets the new one.
 */
async function main() {
  const [name = "", ...rest] = process.argv.slice(2);
  const programs = commands[name]?.(rest[0] === "--" ? rest.slice(1) : rest);
  if (programs === undefined) {
    throw new SetUpFailure(
      `There is no command "${name}"`,
      `Use one of: ${Object.keys(commands).join(", ")}`,
    );
  }

  const stopWatching = watchForInterruption();
  const toolchain = readyToolchain(name) ?? (await onlyOne(() => setUp(name)));
  stopWatching();

  const failed = [];
  let exitCode = 0;
  for (const program of programs) {
    if (programs.length > 1) process.stderr.write(`${name}: ${program.name}\n`);
    const code = await handOver(toolchain, program.nodeArguments);
    if (code > 128) return code;
    if (code !== 0) failed.push(program.name);
    exitCode ||= code;
  }
  if (programs.length > 1) {
    process.stderr.write(
      failed.length === 0 ? `${name}: all good\n` : `${name}: failed: ${failed.join(", ")}\n`,
    );
  }
  return exitCode;
}

/** @param {string} command */
function readyToolchain(command) {
  return missingServers(command).length === 0 && arePackagesInstalled() ? findToolchain() : undefined;
}

/** @param {string} command */
async function setUp(command) {
  // What cannot be mended here is found out before anything is downloaded.
  const servers = missingServers(command);
  if (servers.length > 0) await installServers(servers);
  const toolchain = findToolchain() ?? (await installToolchain());
  if (!arePackagesInstalled()) await installPackages(toolchain);
  return toolchain;
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`set-up: ${failureLine(error)}\n`);
  process.exitCode = 1;
}
