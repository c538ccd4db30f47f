import { setTimeout as sleep } from "node:timers/promises";

/** Work that is done again and again. */
export interface RepeatedWork {
  /** Resolves when the work at hand is done; it is not begun again. */
  stop(): Promise<void>;
}

/** Does some work at once, and again after each pause. @param work must not reject */
export function repeatedly(work: () => Promise<void>, pauseMs: number): RepeatedWork {
  const stopping = new AbortController();
  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      await work();
      await sleep(pauseMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  };
  const running = run();
  return {
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
}
