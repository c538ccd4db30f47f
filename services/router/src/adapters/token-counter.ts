import { Worker } from "node:worker_threads";
import type { Logger } from "@sluice/telemetry/logger";

/**
 * A thread that answers nothing for so long is ended, and those who wait have their cheap estimates. It is no limit for
 * one text, whose time the thread keeps itself, nor for the queue before it: a machine that is loaded counts late.
 */
const silenceMs = 60_000;
const silenceChecks = 4;
/** Texts that wait for the thread, in characters; one more has its estimate at once. */
const maxWaitingChars = 32 * 1024 * 1024;

interface Waiting {
  chars: number;
  answer: (tokens: number | undefined) => void;
}

/**
 * Counts tokens with js-tiktoken (o200k_base) for calls whose provider reported no usage. It runs on a thread
 * of its own, started at the first count: the encoding takes 70 MB and a third of a second to load, and no
 * text may ever block the streams of this process.
 */
export class TokenCounter {
  readonly #logger: Logger;
  readonly #waiting = new Map<number, Waiting>();
  #waitingChars = 0;
  #worker: Worker | undefined;
  #heardAtMs = 0;
  #next = 0;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Starts the thread, so that it is there when it is needed: it takes a second or two to load. */
  prepare(): void {
    this.#running();
  }

  /** Tokens of a text; undefined when they could not be counted. */
  async count(text: string): Promise<number | undefined> {
    if (text === "") return 0;
    if (this.#waiting.size > 0 && this.#waitingChars + text.length > maxWaitingChars) {
      this.#logger.warn({ chars: text.length }, "too much waits to be counted; the estimate stands");
      return undefined;
    }
    const id = this.#next++;
    const worker = this.#running();
    return await new Promise((answer) => {
      if (this.#waiting.size === 0) this.#heardAtMs = performance.now();
      this.#waiting.set(id, { chars: text.length, answer });
      this.#waitingChars += text.length;
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
    worker.on("message", ({ id, tokens }: { id: number; tokens: number }) => this.#answer(id, tokens));
    worker.on("error", (error) => this.#logger.error({ err: error }, "the token counter failed"));
    const watch = setInterval(() => this.#endIfStuck(worker), silenceMs / silenceChecks).unref();
    worker.on("exit", () => {
      clearInterval(watch);
      // The next count starts another one.
      if (this.#worker === worker) this.#worker = undefined;
      for (const id of [...this.#waiting.keys()]) this.#answer(id, undefined);
    });
    this.#worker = worker;
    return worker;
  }

  #answer(id: number, tokens: number | undefined): void {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return;
    this.#heardAtMs = performance.now();
    this.#waiting.delete(id);
    this.#waitingChars -= waiting.chars;
    waiting.answer(tokens);
  }

  #endIfStuck(worker: Worker): void {
    if (this.#waiting.size === 0 || performance.now() - this.#heardAtMs < silenceMs) return;
    this.#logger.error({ waiting: this.#waiting.size }, "the token counter is stuck; estimates stand");
    void worker.terminate();
  }
}
