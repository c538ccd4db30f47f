import { setTimeout as delay } from "node:timers/promises";
import { RestartDelay } from "@sluice/runtime/restart-delay";
import { CommandError } from "../command-error.ts";
import type { RunningProcess, StopTime } from "./running-process.ts";

export interface KeptProcessOptions {
  /** Kind of process, as `router`. */
  service: string;
  /** Starts it and resolves when it does its work; gives up when the signal aborts. */
  start(signal: AbortSignal): Promise<RunningProcess>;
  /** Whether a second one may run beside it for a while. @default false */
  mayOverlap?: boolean;
  /** Takes what the user should know, one line each, without line end. */
  tell(line: string): void;
  /** Called when it has begun or ended. */
  onChange(): void;
}

/**
 * A process that is started again whenever it ends, with a growing pause, until it is stopped on purpose; and that
 * can be replaced by a new one.
 */
export class KeptProcess {
  readonly service: string;
  readonly #options: KeptProcessOptions;
  readonly #stopping = new AbortController();
  readonly #delay = new RestartDelay();
  readonly #replaced = new Set<RunningProcess>();
  #running: RunningProcess | undefined;
  #restarting: Promise<void> = Promise.resolve();
  #replacing: Promise<void> | undefined;

  constructor(options: KeptProcessOptions) {
    this.service = options.service;
    this.#options = options;
  }

  /** Whether a successor may start before the running process has ended. */
  get mayOverlap(): boolean {
    return this.#options.mayOverlap === true;
  }

  /** The process as it runs now; undefined while it is down. */
  get running(): RunningProcess | undefined {
    return this.#running;
  }

  /** Those that were replaced and still finish what is open. */
  get draining(): readonly RunningProcess[] {
    return [...this.#replaced];
  }

  /**
   * Starts it for the first time, and from then on keeps it running.
   * @throws what `start` throws: what fails from the beginning is not tried again
   */
  async begin(): Promise<RunningProcess> {
    return await this.#start();
  }

  /**
   * Puts a new process in the place of the running one: beside it first where that is possible, so that one of them
   * is there at any time. The old one is asked to end, and may still be at it when this resolves.
   *
   * @throws CommandError when there is none to replace; what `start` throws: the old one goes on then, or, where two
   *   can't run at once, a start is tried again and again
   */
  async replace(time: StopTime): Promise<{ predecessor: RunningProcess; successor: RunningProcess }> {
    const predecessor = this.#running;
    if (predecessor === undefined || this.#replacing !== undefined) {
      throw new CommandError(`a ${this.service} is down, and is being started already.`);
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#replacing = promise;
    try {
      if (this.mayOverlap) {
        const successor = await this.#start();
        this.#retire(predecessor, time);
        return { predecessor, successor };
      }
      this.#retire(predecessor, time);
      await predecessor.ended;
      return { predecessor, successor: await this.#start() };
    } finally {
      this.#replacing = undefined;
      resolve();
      if (!this.mayOverlap && this.#running === undefined) this.#restart(`${this.service} is down.`, 0);
    }
  }

  /** Ends it for good. */
  async stop(time: StopTime): Promise<void> {
    this.#stopping.abort();
    const processes = [...this.#replaced, ...(this.#running === undefined ? [] : [this.#running])];
    await Promise.all(processes.map((process) => process.stop(time)));
    await this.#replacing;
    await this.#restarting;
  }

  async #start(): Promise<RunningProcess> {
    const running = await this.#options.start(this.#stopping.signal);
    const startedAt = performance.now();
    void running.ended.then((how) => this.#ended(running, how, performance.now() - startedAt));
    // Stopped while it started: whoever stops could not see it yet.
    if (this.#stopping.signal.aborted) await running.stop({ drainMs: 0, killAfterMs: 0 });
    this.#stopping.signal.throwIfAborted();
    this.#running = running;
    this.#options.onChange();
    return running;
  }

  #retire(process: RunningProcess, time: StopTime): void {
    if (this.#running === process) this.#running = undefined;
    this.#replaced.add(process);
    // It may have ended while its successor started.
    void process.ended.then(() => {
      this.#replaced.delete(process);
      this.#options.onChange();
    });
    void process.stop(time);
    this.#options.onChange();
  }

  #ended(process: RunningProcess, how: string, ranMs: number): void {
    if (process !== this.#running) return;
    this.#running = undefined;
    this.#options.onChange();
    this.#restart(`${process.instance} (process ${process.pid}) ended: ${how}.`, ranMs);
  }

  #restart(happened: string, ranMs: number): void {
    if (this.#stopping.signal.aborted) return;
    this.#restarting = this.#startAgain(happened, ranMs);
  }

  async #startAgain(first: string, ranMs: number): Promise<void> {
    const { tell } = this.#options;
    for (let happened = first, livedMs = ranMs; ; livedMs = 0) {
      const delayMs = this.#delay.afterEnd(livedMs);
      tell(`${happened} Starting ${this.service} again in ${delayMs / 1000} s.`);
      await delay(delayMs, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
      // A successor may be on its way already.
      await this.#replacing;
      if (this.#stopping.signal.aborted || this.#running !== undefined) return;
      try {
        const { instance, pid } = await this.#start();
        tell(`${this.service} is back as ${instance} (process ${pid}).`);
        return;
      } catch (error) {
        if (this.#stopping.signal.aborted) return;
        happened = `${this.service} could not be started again: ${error instanceof Error ? error.message : error}`;
      }
    }
  }
}
