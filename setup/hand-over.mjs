import { spawn } from "node:child_process";
import { constants } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { findProgram } from "./find-program.mjs";
import { cacheFolder, projectFolder, toolchainFolder } from "./project.mjs";

/**
 * Runs a program with Node in the project's folder, as if it were this process: same terminal, same signals, same
 * exit code. It does not outlive this process, not even when that is killed.
 *
 * @param {import("./toolchain.mjs").Toolchain} toolchain
 * @param {string[]} nodeArguments
 * @returns {Promise<number>} Exit code; 128 + number for a signal, as shells count.
 */
export function handOver(toolchain, nodeArguments) {
  const setpriv = process.platform === "linux" ? findProgram("setpriv") : undefined;
  const [program, programArguments] =
    setpriv === undefined
      ? [toolchain.node, nodeArguments]
      : [setpriv, ["--pdeathsig", "TERM", "--", toolchain.node, ...nodeArguments]];
  const path = [dirname(toolchain.node), join(toolchainFolder, "bin"), process.env.PATH ?? ""];
  const child = spawn(program, programArguments, {
    cwd: projectFolder,
    stdio: "inherit",
    // Every process that runs TypeScript starts in half the time with what the one before it has compiled.
    env: { NODE_COMPILE_CACHE: join(cacheFolder, "node"), ...process.env, PATH: path.join(delimiter) },
  });

  const signals = /** @type {NodeJS.Signals[]} */ ([
    "SIGINT",
    "SIGTERM",
    "SIGHUP",
    "SIGQUIT",
    "SIGUSR1",
    "SIGUSR2",
  ]);
  const passOn = (/** @type {NodeJS.Signals} */ signal) => child.kill(signal);
  for (const signal of signals) process.on(signal, passOn);
  const stopWatching = watchParent(() => child.kill("SIGTERM"));

  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", (code, signal) => {
      stopWatching();
      for (const name of signals) process.off(name, passOn);
      resolve(signal === null ? (code ?? 1) : 128 + constants.signals[signal]);
    });
  });
}

const parentCheckMs = 250;

/**
 * Under `npm start` people kill npm, not us. Nothing tells a process that its parent was killed, so we look. npm is
 * our parent because the scripts of package.json begin with `exec`: without it a shell stands in between, which npm's
 * signals end and do not pass.
 * Outside of npm a parent may well end before us (`nohup`, `setsid`), and nothing is watched.
 *
 * @param {() => void} onGone
 * @returns {() => void}
 */
function watchParent(onGone) {
  if (process.env.npm_lifecycle_event === undefined) return () => {};
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    onGone();
  }, parentCheckMs);
  return () => clearInterval(timer);
}
