import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { findExecutable } from "./find-executable.ts";
import { lastLines } from "./last-lines.ts";
import { ServerError } from "./server-error.ts";

export type ServerCommand = {
  /** How people call it, for messages. */
  name: string;
  executable: string;
  arguments: string[];
  /** Takes standard output and standard error, appended. */
  logFile: string;
  /** Run as this user; only root may ask for it. */
  user?: string;
  /** Signal for an orderly end. @default "SIGTERM" */
  stopSignal?: NodeJS.Signals;
};

export type ServerProcess = {
  /** The process id of the server itself. */
  pid: number;
  /** Resolves, never rejects, when the process has ended, with a few words on how. */
  ended: Promise<string>;
  /**
   * Asks it to end, kills it after `graceMs`, resolves when it has gone. May be called more than once.
   * @param graceMs @default 4000
   */
  stop(graceMs?: number): Promise<void>;
};

/** How long a server may take to end by itself before it is killed. */
const defaultGraceMs = 4000;
/** How long it may take until it answers for the first time; recovery of a large data folder included. */
const readyTimeoutMs = 60_000;
const probePauseMs = 15;

/** Where the kernel does not end children with their parent, at least an exit of this process does. */
const running = new Set<ChildProcess>();
let endsWithProcess = false;

function endWithProcess(child: ChildProcess): void {
  running.add(child);
  child.once("exit", () => running.delete(child));
  if (endsWithProcess) return;
  endsWithProcess = true;
  process.once("exit", () => {
    for (const left of running) left.kill("SIGTERM");
  });
}

/**
 * Starts a server as a child that does not outlive this process.
 *
 * `stop()` and exit handlers do not run when this process is killed with SIGKILL. On Linux the child is therefore
 * started through util-linux' `setpriv`, which has the kernel signal it when its parent dies and then becomes the
 * server (exec), so the pid is the server's own. The kernel counts the thread that started the child as the parent:
 * call this from the main thread, not from a worker thread that ends sooner.
 *
 * The child has a process group of its own, so that Ctrl-C in a terminal reaches whoever uses the server first.
 */
export async function startServerProcess(command: ServerCommand): Promise<ServerProcess> {
  const stopSignal = command.stopSignal ?? "SIGTERM";
  const setpriv = process.platform === "linux" ? findExecutable("setpriv") : undefined;
  if (command.user !== undefined && setpriv === undefined) {
    throw new ServerError(
      "missing",
      `setpriv (package util-linux) is needed to run ${command.name} as ${command.user}.`,
    );
  }
  const identity =
    command.user === undefined ? [] : [`--reuid=${command.user}`, `--regid=${command.user}`, "--init-groups"];
  const [program, programArguments] =
    setpriv === undefined
      ? [command.executable, command.arguments]
      : [
          setpriv,
          ["--pdeathsig", stopSignal.slice(3), ...identity, "--", command.executable, ...command.arguments],
        ];

  const log = openSync(command.logFile, "a", 0o600);
  let child: ChildProcess;
  try {
    child = spawn(program, programArguments, { stdio: ["ignore", log, log], cwd: "/", detached: true });
  } finally {
    closeSync(log);
  }
  const ended = new Promise<string>((resolve) => {
    child.once("exit", (code, signal) => resolve(signal === null ? `exit code ${code}` : `signal ${signal}`));
    child.once("error", (error) => resolve(error.message));
  });
  if (child.pid === undefined) {
    throw new ServerError("failed", `${command.name} could not be started: ${await ended}`);
  }
  endWithProcess(child);
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null;
  return {
    pid: child.pid,
    ended,
    async stop(graceMs = defaultGraceMs) {
      if (!hasEnded()) child.kill(stopSignal);
      const killer = setTimeout(() => child.kill("SIGKILL"), graceMs);
      await ended;
      clearTimeout(killer);
    },
  };
}

/**
 * Waits until the server answers `probe`, which throws as long as it does not.
 * Stops the process and rejects with {@link ServerError} when it ends first or takes too long.
 */
export async function waitUntilReady<Answer>(
  command: ServerCommand,
  server: ServerProcess,
  probe: () => Promise<Answer>,
): Promise<Answer> {
  let howItEnded: string | undefined;
  void server.ended.then((words) => {
    howItEnded = words;
  });
  const deadline = performance.now() + readyTimeoutMs;
  while (howItEnded === undefined && performance.now() < deadline) {
    try {
      return await probe();
    } catch {
      await Promise.race([delay(probePauseMs), server.ended]);
    }
  }
  await server.stop();
  const said = lastLines(command.logFile, 4).join(" | ");
  const what =
    howItEnded === undefined
      ? `did not answer within ${readyTimeoutMs / 1000} s`
      : `ended at once (${howItEnded})`;
  throw new ServerError(
    /address already in use|Address in use/i.test(said) ? "port-taken" : "failed",
    `${command.name} ${what}; its log ${command.logFile} ends: ${said === "" ? "(empty)" : said}`,
  );
}
