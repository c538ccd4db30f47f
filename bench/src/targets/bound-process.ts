import { type ChildProcess, spawn } from "node:child_process";
import { findExecutable } from "@sluice/servers/find-executable";

/** A process that a target consists of, or that holds all of its processes. */
export interface BoundProcess {
  pid: number | undefined;
  /** Resolves when it has ended, with a few words on how. */
  ended: Promise<string>;
  /** What it has printed so far. */
  printed(): string;
  /** Called with each piece that it prints. */
  onOutput(take: () => void): void;
  /** Asks it to end and waits for that. */
  stop(): Promise<void>;
}

/**
 * Starts a program that does not outlive this process. It has a process group of its own, so that Ctrl-C reaches the
 * bench alone, which then ends in order what it has started; on Linux the kernel ends it should the bench be killed.
 * @param environment All of it.
 */
export function startBoundProcess(
  program: string,
  programArguments: readonly string[],
  environment: NodeJS.ProcessEnv,
): BoundProcess {
  const setpriv = process.platform === "linux" ? findExecutable("setpriv") : undefined;
  const [first, rest] =
    setpriv === undefined
      ? [program, programArguments]
      : [setpriv, ["--pdeathsig", "TERM", "--", program, ...programArguments]];
  const child = spawn(first, rest, { env: environment, stdio: ["ignore", "pipe", "pipe"], detached: true });
  const ended = new Promise<string>((resolve) => {
    child.once("exit", (code, signal) => resolve(signal === null ? `exit code ${code}` : `signal ${signal}`));
    child.once("error", (error) => resolve(error.message));
  });
  const output = gatherOutput(child);
  return {
    pid: child.pid,
    ended,
    ...output,
    async stop() {
      if (child.exitCode === null && child.signalCode === null) child.kill("SIGTERM");
      await ended;
    },
  };
}

function gatherOutput(child: ChildProcess): Pick<BoundProcess, "printed" | "onOutput"> {
  let printed = "";
  const listeners: (() => void)[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on("data", (piece: Buffer) => {
      // Only the start is of interest; whoever talks on must not fill our memory.
      if (printed.length < 65_536) printed += piece.toString();
      for (const take of listeners) take();
    });
  }
  return { printed: () => printed, onOutput: (take) => void listeners.push(take) };
}
