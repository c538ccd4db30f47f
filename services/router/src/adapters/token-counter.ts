import { Worker } from "node:worker_threads";
import type { Logger } from "@sluice/telemetry/logger";

/** A count that takes longer is given up; the caller has its cheap estimate. */
const countTimeoutMs = 10_000;

/**
 * Counts tokens with js-tiktoken (o200k_base) for calls whose provider reported no usage. It runs on a thread
 * of its own, started at the first count: the encoding takes 70 MB and a third of a second to load, and no
 * text may ever block the streams of this process.
 */
export class TokenCounter {
  readonly #logger: Logger;
  readonly #waiting = new Map<number, (tokens: number | undefined) => void>();
  #worker: Worker | undefined;
  #next = 0;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Tokens of a text; undefined when they could not be counted in time. */
  async count(text: string): Promise<number | undefined> {
    if (text === "") return 0;
    const id = this.#next++;
    const worker = this.#running();
    return await new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(id);
        this.#logger.warn({ chars: text.length }, "counting tokens took too long; the estimate stands");
        resolve(undefined);
      }, countTimeoutMs);
      this.#waiting.set(id, (tokens) => {
        clearTimeout(timer);
        this.#waiting.delete(id);
        resolve(tokens);
      });
      worker.postMessage({ id, text });
    });
  }

  /** Ends the thread; counts that are under way come to nothing. */
  async close(): Promise<void> {
    await this.#worker?.terminate();
  }

  #running(): Worker {
    if (this.#worker !== undefined) return this.#worker;
    const worker = new Worker(new URL("./token-worker.ts", import.meta.url));
    worker.unref();
    worker.on("message", ({ id, tokens }: { id: number; tokens: number }) => this.#waiting.get(id)?.(tokens));
    worker.on("error", (error) => this.#logger.error({ err: error }, "the token counter failed"));
    worker.on("exit", () => {
      // The next count starts another one.
      if (this.#worker === worker) this.#worker = undefined;
      for (const answer of [...this.#waiting.values()]) answer(undefined);
    });
    this.#worker = worker;
    return worker;
  }
}
