/**
 * Ends the process at a signal as long as nobody else handles it. PID 1 of a container has no such default: the
 * kernel drops what it does not handle, and whoever stops it waits for its patience to end.
 */
export function endUntilHandled(signals: readonly NodeJS.Signals[]): void {
  for (const signal of signals) {
    process.on(signal, () => {
      const isHandled = process.listenerCount(signal) > 1;
      if (!isHandled) process.exit(signal === "SIGTERM" ? 0 : 130);
    });
  }
}
