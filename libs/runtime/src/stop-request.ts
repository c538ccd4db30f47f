import type { Parent } from "./parent.ts";
import { stopMessageSchema } from "./stop-message.ts";

/** Why a process ends in good order. */
export type StopReason = "SIGTERM" | "SIGINT" | "supervisor gone" | "supervisor";

export interface StopRequest {
  reason: StopReason;
  /** How long open work may go on. @default undefined (as long as the environment says) */
  drainMs?: number;
}

export interface StopRequests {
  /** Resolves with the first one. */
  readonly first: Promise<StopRequest>;
  /** Aborts with it. */
  readonly signal: AbortSignal;
  /** Hands on those that follow the first one: whoever stops the process may have less patience than it had. */
  onFurther(listener: (request: StopRequest) => void): void;
}

/** Open work of a process without a supervisor: its bus has ended too, where it was the supervisor's. */
const orphanDrainMs = 4_000;

/**
 * Watches for what asks this process to end.
 *
 * A process under a supervisor (it has a channel to it) leaves SIGINT to it: Ctrl-C in a terminal reaches the whole
 * process group, and the supervisor's own request that follows would count as a second one. A thread hears no signals.
 * When the channel closes, the supervisor is gone, whatever killed it.
 *
 * @param onImpatience called at a second signal
 */
export function watchStopRequests(
  supervisor: Parent | undefined,
  onImpatience: (signal: NodeJS.Signals) => void,
): StopRequests {
  const abort = new AbortController();
  const { promise, resolve } = Promise.withResolvers<StopRequest>();
  let further: (request: StopRequest) => void = () => undefined;
  const take = (request: StopRequest): void => {
    if (abort.signal.aborted) {
      further(request);
      return;
    }
    resolve(request);
    abort.abort(request.reason);
  };
  let signalled = false;
  const onSignal = (name: "SIGTERM" | "SIGINT") => (): void => {
    if (signalled) onImpatience(name);
    signalled = true;
    take({ reason: name });
  };
  process.on("SIGTERM", onSignal("SIGTERM"));
  process.on("SIGINT", supervisor === undefined ? onSignal("SIGINT") : () => undefined);
  supervisor?.onGone(() => take({ reason: "supervisor gone", drainMs: orphanDrainMs }));
  supervisor?.onMessage((message) => {
    const parsed = stopMessageSchema.safeParse(message);
    if (parsed.success) take({ reason: "supervisor", drainMs: parsed.data.drainMs });
  });
  return {
    first: promise,
    signal: abort.signal,
    onFurther: (listener) => {
      further = listener;
    },
  };
}
