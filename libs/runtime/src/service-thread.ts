import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { ServiceName } from "@sluice/contracts/service-name";
import { failedMessageSchema, type ReadyMessage, readyMessageSchema } from "./ready-message.ts";
import { ThreadStartError } from "./start-failure.ts";
import type { StopMessage } from "./stop-message.ts";

export interface ServiceThreadOptions {
  service: ServiceName;
  /** What the service's own process would run: its `main.ts`. */
  script: URL;
  /** All of its environment. */
  environment: NodeJS.ProcessEnv;
}

/** A service on a thread of its own. */
export interface ServiceThread {
  ready: ReadyMessage;
  /** Resolves with its exit code when it has ended. */
  ended: Promise<number>;
  /** Asks it to end; a later call may shorten the time. Resolves when it has ended. */
  stop(drainMs: number): Promise<void>;
}

/**
 * Runs a service that keeps its event loop busy on a thread of this process.
 * @throws ThreadStartError when it does not start
 */
export async function startServiceThread(options: ServiceThreadOptions): Promise<ServiceThread> {
  const worker = new Worker(options.script, { env: options.environment });
  const ended = once(worker, "exit").then(([code]) => Number(code));
  const { promise: ready, resolve, reject } = Promise.withResolvers<ReadyMessage>();
  worker.on("message", (message) => {
    const said = readyMessageSchema.safeParse(message);
    if (said.success) resolve(said.data);
    const failed = failedMessageSchema.safeParse(message);
    if (failed.success) reject(new ThreadStartError(failed.data.reason));
  });
  // Its own log has the rest; without a listener it would end the process.
  worker.on("error", (error) => reject(new ThreadStartError(`${options.service} can't start: ${error}`)));
  const stop = async (drainMs: number): Promise<void> => {
    const message: StopMessage = { type: "stop", drainMs };
    worker.postMessage(message);
    await ended;
  };
  void ended.then((code) => reject(new ThreadStartError(`${options.service} ended with ${code}.`)));
  return { ready: await ready, ended, stop };
}
