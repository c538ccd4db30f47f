/** Why a process ends in good order. */
export type StopReason = "SIGTERM" | "SIGINT" | "supervisor gone";

export interface StopRequest {
  /** Resolves with the first reason. */
  readonly first: Promise<StopReason>;
  /** Aborts with it. */
  readonly signal: AbortSignal;
}

/**
 * Watches for what asks this process to end.
 *
 * A process under a supervisor (it has an IPC channel) leaves SIGINT to it: Ctrl-C in a terminal reaches the whole
 * process group, and the supervisor's own SIGTERM that follows would count as the impatient second signal.
 * When the channel closes, the supervisor is gone, whatever killed it.
 *
 * @param onImpatience called at a further signal, when the first one is being served already
 */
export function watchStopRequests(onImpatience: (signal: NodeJS.Signals) => void): StopRequest {
  const abort = new AbortController();
  const { promise, resolve } = Promise.withResolvers<StopReason>();
  const request = (reason: StopReason): void => {
    resolve(reason);
    abort.abort(reason);
  };
  const onSignal = (name: "SIGTERM" | "SIGINT") => (): void => {
    if (abort.signal.aborted) onImpatience(name);
    else request(name);
  };
  const supervised = process.send !== undefined;
  process.on("SIGTERM", onSignal("SIGTERM"));
  process.on("SIGINT", supervised ? () => undefined : onSignal("SIGINT"));
  if (supervised) process.once("disconnect", () => request("supervisor gone"));
  return { first: promise, signal: abort.signal };
}
