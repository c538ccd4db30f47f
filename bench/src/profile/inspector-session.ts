import { setTimeout as delay } from "node:timers/promises";
import { request, WebSocket } from "undici";
import { z } from "zod";
import { BenchError } from "../bench-error.ts";
import { listeningPorts } from "./listening-ports.ts";

/** A conversation with the inspector of a running process of Node. */
export interface InspectorSession {
  /** Calls a method of the Chrome DevTools protocol. @throws BenchError with what it said */
  call(method: string, parameters?: object): Promise<unknown>;
  close(): void;
}

const openTimeoutMs = 5000;
const targetsSchema = z.array(z.object({ webSocketDebuggerUrl: z.string() })).min(1);
const answerSchema = z.object({
  id: z.int().optional(),
  result: z.unknown().optional(),
  error: z.object({ message: z.string() }).optional(),
});

/** Talks to the inspector of a process and closes it again, whatever comes of it. */
export async function withInspector<Result>(
  pid: number,
  work: (session: InspectorSession) => Promise<Result>,
): Promise<Result> {
  const session = await openInspector(pid);
  try {
    return await work(session);
  } finally {
    await closeInspector(session);
  }
}

/** Ends a conversation and has the process close its inspector. */
async function closeInspector(session: InspectorSession): Promise<void> {
  // After the answer to this has gone out: closing waits for every conversation to end.
  await session
    .call("Runtime.evaluate", {
      expression: 'setTimeout(() => process.getBuiltinModule("node:inspector").close(), 200) && 0',
    })
    .catch(() => undefined);
  session.close();
}

/**
 * Opens the inspector of a process that was started without one: SIGUSR1 makes Node listen for it, on the port of
 * `--inspect-port`, on loopback.
 */
async function openInspector(pid: number): Promise<InspectorSession> {
  const before = listeningPorts(pid);
  process.kill(pid, "SIGUSR1");
  const deadlineMs = performance.now() + openTimeoutMs;
  for (;;) {
    const [port] = [...listeningPorts(pid)].filter((one) => !before.has(one));
    if (port !== undefined) return connect(await debuggerUrl(port));
    if (performance.now() > deadlineMs) throw new BenchError(`The process ${pid} opens no inspector.`);
    await delay(50);
  }
}

async function debuggerUrl(port: number): Promise<string> {
  const { body } = await request(`http://127.0.0.1:${port}/json/list`);
  const [target] = targetsSchema.parse(await body.json());
  if (target === undefined) throw new BenchError("The inspector has nothing to inspect.");
  return target.webSocketDebuggerUrl;
}

async function connect(url: string): Promise<InspectorSession> {
  const socket = new WebSocket(url);
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  let lastId = 0;
  socket.addEventListener("message", ({ data }) => {
    const { id, result, error } = answerSchema.parse(JSON.parse(String(data)));
    if (id === undefined) return;
    const call = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) call?.resolve(result);
    else call?.reject(new BenchError(`The inspector says: ${error.message}`));
  });
  socket.addEventListener("close", () => {
    for (const call of waiting.values()) call.reject(new BenchError("The inspector hung up."));
  });
  await new Promise<void>((resolve, reject) => {
    socket.addEventListener("open", () => resolve());
    socket.addEventListener("error", () => reject(new BenchError(`No inspector answers at ${url}.`)));
  });
  return {
    call(method, parameters = {}) {
      const answer = Promise.withResolvers<unknown>();
      const id = ++lastId;
      waiting.set(id, answer);
      socket.send(JSON.stringify({ id, method, params: parameters }));
      return answer.promise;
    },
    close: () => socket.close(),
  };
}
