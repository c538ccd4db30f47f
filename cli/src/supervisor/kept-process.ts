import { setTimeout as delay } from "node:timers/promises";
import { RestartDelay } from "./restart-delay.ts";
import type { RunningProcess } from "./running-process.ts";

export interface KeptProcessOptions {
  /** Kind of process, as `router`. */
  service: string;
  /** Starts it and resolves when it does its work; gives up when the signal aborts. */
  start(signal: AbortSignal): Promise<RunningProcess>;
  /** Takes what the user should know, one line each, without line end. */
  tell(line: string): void;
  /** Called when it has begun or ended. */
  onChange(): void;
}

/** A process that is started again whenever it ends, with a growing pause, until it is stopped on purpose. */
export class KeptProcess {
  readonly service: string;
  readonly #options: KeptProcessOptions;
  readonly #stopping = new AbortController();
  readonly #delay = new RestartDelay();
  #running: RunningProcess | undefined;
  #keeping: Promise<void> = Promise.resolve();

  constructor(options: KeptProcessOptions) {
    this.service = options.service;
    this.#options = options;
  }

  /** The process as it runs now; undefined while it is down. */
  get running(): RunningProcess | undefined {
    return this.#running;
  }

  /**
   * Starts it for the first time, and from then on keeps it running.
   * @throws what `start` throws: what fails from the beginning is not tried again
   */
  async begin(): Promise<RunningProcess> {
    const running = await this.#start();
    this.#keeping = this.#keep(running);
    return running;
  }

  /** Ends it for good. @param graceMs How long it may take before it is killed. */
  async stop(graceMs: number): Promise<void> {
    this.#stopping.abort();
    await this.#running?.stop(graceMs);
    await this.#keeping;
  }

  async #start(): Promise<RunningProcess> {
    const running = await this.#options.start(this.#stopping.signal);
    this.#running = running;
    this.#options.onChange();
    return running;
  }

  async #keep(first: RunningProcess): Promise<void> {
    let running: RunningProcess | undefined = first;
    let startedAt = performance.now();
    while (!this.#stopping.signal.aborted) {
      let happened: string;
      let ranMs = 0;
      if (running === undefined) {
        startedAt = performance.now();
        try {
          running = await this.#start();
          // Stopped while it started: whoever stops could not see it yet.
          if (this.#stopping.signal.aborted) await running.stop(0);
          else this.#options.tell(`${this.service} is back as ${running.instance} (process ${running.pid}).`);
          continue;
        } catch (error) {
          if (this.#stopping.signal.aborted) return;
          happened = `${this.service} could not be started again: ${error instanceof Error ? error.message : error}`;
        }
      } else {
        const how = await running.ended;
        ranMs = performance.now() - startedAt;
        happened = `${running.instance} (process ${running.pid}) ended: ${how}.`;
        running = undefined;
        this.#running = undefined;
        this.#options.onChange();
        if (this.#stopping.signal.aborted) return;
      }
      const delayMs = this.#delay.afterEnd(ranMs);
      this.#options.tell(`${happened} Starting ${this.service} again in ${delayMs / 1000} s.`);
      await delay(delayMs, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
    }
  }
}
