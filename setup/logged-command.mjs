import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { explainFailure } from "./explain-failure.mjs";
import { isInterrupted, onInterruption } from "./interruption.mjs";
import { makeLogFolder } from "./project.mjs";
import { SetUpFailure } from "./set-up-failure.mjs";

/** More than any of these tools prints; a runaway one must not fill the memory. */
const keptCharacters = 1_000_000;

/**
 * @typedef {object} LoggedCommand
 * @property {string} name File name of the log, and how messages call the command.
 * @property {string} program
 * @property {string[]} programArguments
 * @property {string} [folder] Working folder; this process's own unless given.
 * @property {boolean} [mustFinish] It does harm when it is broken off, so an interruption waits for its end.
 * @property {NodeJS.ProcessEnv} [environment] This process's own unless given.
 */

/**
 * Runs a program and keeps its output out of sight.
 *
 * @param {LoggedCommand} command
 * @returns {Promise<void>}
 * @throws {SetUpFailure} when it fails: the reason found in its output, and the log file with all of it.
 */
export async function runLogged(command) {
  const { output, ending } = await run(command);
  if (ending === undefined) return;
  const { what, mend } = explainFailure(output);
  const log = keepLog(command.name, output);
  const reason = what === undefined ? ending : what;
  throw new SetUpFailure(
    `${command.name} failed: ${reason}`,
    log === undefined ? mend : `${mend} (all of its output: ${log})`,
  );
}

/**
 * @param {LoggedCommand} command
 * @returns {Promise<{ output: string, ending: string | undefined }>} `ending` says how it failed.
 */
function run(command) {
  return new Promise((resolve) => {
    const child = spawn(command.program, command.programArguments, {
      cwd: command.folder,
      env: command.environment ?? process.env,
      stdio: ["ignore", "pipe", "pipe"],
      // Ctrl-C in a terminal does not reach a process group of its own.
      detached: command.mustFinish === true,
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text) => {
        output = (output + text).slice(-keptCharacters);
      });
    }
    /** @type {Promise<string | undefined>} */
    const ended = new Promise((end) => {
      child.on("error", (error) => end(error.message));
      child.on("close", (code, signal) =>
        end(code === 0 ? undefined : signal === null ? `exit code ${code}` : `signal ${signal}`),
      );
    });
    const forget = onInterruption(async () => {
      if (!command.mustFinish) child.kill("SIGTERM");
      await ended;
    });
    void ended.then((ending) => {
      // After an interruption nobody may go on to the next step.
      if (isInterrupted()) return;
      forget();
      resolve({ output, ending });
    });
  });
}

/**
 * @param {string} name
 * @param {string} output
 * @returns {string | undefined} The file, or `undefined` where nothing can be written (a full disk, say).
 */
function keepLog(name, output) {
  try {
    const file = join(makeLogFolder(), `${name.replace(/\W+/g, "-").replace(/-$/, "")}.log`);
    writeFileSync(file, output);
    return file;
  } catch {
    return undefined;
  }
}
