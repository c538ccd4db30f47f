import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";

/** What runs in it: one service, or several. */
export type FixtureProgram = "fixture-service" | "fixture-services";

export interface FixtureProcess {
  child: ChildProcess;
  /** The next message that `wanted` takes; messages that came before the call count too. */
  message<Message>(wanted: (message: unknown) => message is Message): Promise<Message>;
  /** Ends the test with an error where the process ends before it says so. */
  exit: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  /** Standard output by lines, once the process has ended. */
  logged: Promise<Record<string, unknown>[]>;
  /** Standard error, once the process has ended. */
  complaints: Promise<string>;
}

/** Starts the fixture as a child process of its own, with an IPC channel, as the supervisor does. */
export function startFixture(
  environment: Record<string, string>,
  program: FixtureProgram = "fixture-service",
): FixtureProcess {
  const child = fork(fileURLToPath(new URL(`./${program}.ts`, import.meta.url)), [], {
    env: { PATH: process.env.PATH, ...environment },
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  const messages: unknown[] = [];
  child.on("message", (message) => messages.push(message));
  const exit = once(child, "exit").then(([code, signal]) => ({
    code: code as number | null,
    signal: signal as NodeJS.Signals | null,
  }));
  const output = text(streamOf(child.stdout));
  return {
    child,
    exit,
    complaints: text(streamOf(child.stderr)),
    logged: output.then((lines) => lines.split("\n").filter(Boolean).map(parseLine)),
    async message<Message>(wanted: (message: unknown) => message is Message): Promise<Message> {
      for (;;) {
        const found = messages.find(wanted);
        if (found !== undefined) return found;
        const ended = exit.then(({ code }) => Promise.reject(new Error(`the fixture ended with ${code}`)));
        await Promise.race([once(child, "message"), ended]);
      }
    },
  };
}

function parseLine(line: string): Record<string, unknown> {
  return JSON.parse(line) as Record<string, unknown>;
}

function streamOf<Stream>(stream: Stream | null): Stream {
  if (stream === null) throw new Error("the child has no pipe");
  return stream;
}
