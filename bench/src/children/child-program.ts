import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { BenchError } from "../bench-error.ts";
import { childMessageSchema, type OrderMessage } from "./child-message.ts";

/** A process of the bench's own: upstream, proxy or load generator. */
export interface ChildProgram {
  pid: number;
  /** Empty when it does not listen. */
  url: string;
  /** Gives it an order and waits for its answer. @throws BenchError with what the child said, or that it ended */
  ask(order: unknown): Promise<unknown>;
  stop(): Promise<void>;
}

/**
 * Starts a TypeScript file beside the sources of the bench as a process that ends with this one.
 * @param path Relative to `bench/src`, such as `upstream/main.ts`.
 */
export async function startChildProgram(
  path: string,
  programArguments: string[] = [],
): Promise<ChildProgram> {
  const script = fileURLToPath(new URL(`../${path}`, import.meta.url));
  // Any free port for the inspector, should a profile ask for it.
  const execArgv = ["--inspect-port=0"];
  const child = fork(script, programArguments, { execArgv, env: { PATH: process.env.PATH } });
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  const ready = Promise.withResolvers<string>();
  const ended = once(child, "exit");
  let lastId = 0;
  child.on("message", (raw) => {
    const message = childMessageSchema.parse(raw);
    if (message.type === "ready") return ready.resolve(message.url ?? "");
    const order = waiting.get(message.id);
    waiting.delete(message.id);
    if (message.type === "done") order?.resolve(message.result);
    else order?.reject(new BenchError(`${path}: ${message.reason}`));
  });
  child.once("exit", (code, signal) => {
    const error = new BenchError(`${path} ended (${signal ?? `exit code ${code}`}).`);
    ready.reject(error);
    for (const order of waiting.values()) order.reject(error);
  });
  const url = await ready.promise;
  if (child.pid === undefined) throw new BenchError(`${path} has no process id.`);
  return {
    pid: child.pid,
    url,
    ask(order) {
      const answer = Promise.withResolvers<unknown>();
      const message: OrderMessage = { type: "order", id: ++lastId, order };
      waiting.set(message.id, answer);
      if (child.connected) child.send(message);
      else answer.reject(new BenchError(`${path} has ended.`));
      return answer.promise;
    },
    async stop() {
      if (child.connected) child.disconnect();
      await ended;
    },
  };
}
