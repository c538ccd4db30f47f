import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import type { StopMessage } from "@sluice/runtime/stop-message";
import { z } from "zod";
import { CommandError } from "../command-error.ts";
import { lastWords } from "./last-words.ts";
import type { RunningProcess, StopTime } from "./running-process.ts";

export interface ServiceProcessOptions {
  /** Kind of process, as `router`. */
  service: string;
  /** TypeScript or JavaScript file that Node runs. */
  script: string;
  /** All of the process's environment. */
  environment: Record<string, string>;
  /** Takes what it prints, appended. */
  logFile: string;
  signal: AbortSignal;
  /** Open sockets that it inherits, as file descriptors 4, 5 and so on. @default none */
  sockets?: readonly number[];
  /** Whether it takes a stop message; SIGTERM else. */
  takesStopMessage: boolean;
}

/** As much of libs/runtime's ready message as is needed here; the simulator sends one too. */
const readyMessageSchema = z.object({
  type: z.literal("ready"),
  instance: z.string(),
  url: z.string().optional(),
  metricsUrl: z.string().optional(),
  services: z.array(z.object({ service: z.string(), url: z.string().optional() })).optional(),
});

const readyTimeoutMs = 60_000;

/**
 * MiB up to which garbage may pile up before all of the heap is looked through. V8 begins with little more than what
 * lives, a few dozen MiB here, and what comes off a socket counts: under load it went through the heap three times a
 * second, a tenth of what streams cost. The image gives its services the same (Dockerfile).
 */
const runtimeFlags = ["--initial-old-space-size=256"];

/**
 * Starts a process of a service and resolves when it says that it is ready.
 *
 * It has an IPC channel to say so, which also tells it when this process dies: it ends by itself then. It has a
 * process group of its own, because Ctrl-C in a terminal must reach the supervisor alone, which knows the order in
 * which things end.
 *
 * @throws CommandError when it ends first or takes longer than 30 s; it is gone then
 */
export async function startServiceProcess(options: ServiceProcessOptions): Promise<RunningProcess> {
  const { service, script, environment, logFile, signal, sockets = [], takesStopMessage } = options;
  const log = openSync(logFile, "a", 0o600);
  const child = spawn(process.execPath, [...runtimeFlags, script], {
    env: environment,
    stdio: ["ignore", log, log, "ipc", ...sockets],
    detached: true,
  });
  closeSync(log);

  const ended = new Promise<string>((resolve) => {
    child.once("exit", (code, killedBy) =>
      resolve(killedBy === null ? `exit code ${code}` : `signal ${killedBy}`),
    );
    child.once("error", (error) => resolve(error.message));
  });
  const stop = async ({ drainMs, killAfterMs }: StopTime): Promise<void> => {
    const message: StopMessage = { type: "stop", drainMs };
    // One that has just ended can't be told, and need not be.
    if (takesStopMessage && child.connected) child.send(message, () => undefined);
    else child.kill("SIGTERM");
    const killer = setTimeout(() => child.kill("SIGKILL"), killAfterMs);
    await ended;
    clearTimeout(killer);
  };
  const ready = new Promise<z.infer<typeof readyMessageSchema>>((resolve) => {
    child.on("message", (message) => {
      const parsed = readyMessageSchema.safeParse(message);
      if (parsed.success) resolve(parsed.data);
    });
  });

  const timeout = Promise.withResolvers<"late">();
  const timer = setTimeout(() => timeout.resolve("late"), readyTimeoutMs);
  const aborted = Promise.withResolvers<"aborted">();
  const onAbort = () => aborted.resolve("aborted");
  signal.addEventListener("abort", onAbort, { once: true });
  if (signal.aborted) onAbort();
  try {
    const outcome = await Promise.race([ready, ended, timeout.promise, aborted.promise]);
    if (typeof outcome === "object" && child.pid !== undefined) {
      const { type: _type, ...said } = outcome;
      return { pid: child.pid, ...said, ended, stop };
    }
    await stop({ drainMs: 0, killAfterMs: 0 });
    throw new CommandError(
      outcome === "late"
        ? `${service} was not ready within ${readyTimeoutMs / 1000} s: see ${logFile}.`
        : `${service} did not start (${typeof outcome === "string" ? outcome : "no process"}): ${lastWords(logFile)}`,
    );
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
  }
}
