import { setTimeout as delay } from "node:timers/promises";
import type { Instance, ServiceName } from "@sluice/contracts/service-name";
import type { Logger } from "@sluice/telemetry/logger";
import type { ReadyMessage, ServiceReady } from "./ready-message.ts";
import type { MetricSource } from "./render-together.ts";
import { RestartDelay } from "./restart-delay.ts";
import { type ServiceThread, type ServiceThreadOptions, startServiceThread } from "./service-thread.ts";
import type { Stoppable } from "./stop-in-order.ts";

/**
 * A service on a thread of its own that is started again whenever it ends, with a growing pause, as the supervisor does
 * with processes. The other services of the process go on meanwhile.
 */
export class KeptThread implements MetricSource, Stoppable {
  readonly #options: ServiceThreadOptions;
  readonly #logger: Logger;
  readonly #stopping = new AbortController();
  readonly #delay = new RestartDelay();
  #thread: ServiceThread | undefined;
  /** What the last one said when it was ready. */
  #ready: ReadyMessage;
  #starting: Promise<void> | undefined;
  #stopped: Promise<void> | undefined;

  private constructor(options: ServiceThreadOptions, logger: Logger, first: ServiceThread) {
    this.#options = options;
    this.#logger = logger;
    this.#ready = first.ready;
    this.#keep(first);
  }

  /** @throws ThreadStartError when it does not start: what fails from the beginning is not tried again */
  static async begin(options: ServiceThreadOptions, logger: Logger): Promise<KeptThread> {
    return new KeptThread(options, logger, await startServiceThread(options));
  }

  get service(): ServiceName {
    return this.#options.service;
  }

  get instance(): Instance {
    return this.#ready.instance;
  }

  get ready(): ServiceReady {
    const { instance, url } = this.#ready;
    return { service: this.service, instance, ...(url === undefined ? {} : { url }) };
  }

  /** @throws while it is down */
  async render(): Promise<string> {
    const response = await fetch(`${this.#ready.metricsUrl}/metrics`);
    return await response.text();
  }

  /** Ends it for good. A later call may shorten the time. */
  stop(drainMs: number): Promise<void> {
    this.#stopping.abort();
    const stopping = this.#thread?.stop(drainMs);
    this.#stopped ??= Promise.all([stopping, this.#starting]).then(() => undefined);
    return this.#stopped;
  }

  #keep(thread: ServiceThread): void {
    this.#thread = thread;
    this.#ready = thread.ready;
    const startedMs = performance.now();
    void thread.ended.then((code) => {
      this.#thread = undefined;
      if (this.#stopping.signal.aborted) return;
      this.#logger.error({ thread: this.service, code }, "a thread ended; it is started again");
      this.#starting = this.#startAgain(performance.now() - startedMs);
    });
  }

  async #startAgain(ranMs: number): Promise<void> {
    const { signal } = this.#stopping;
    for (let livedMs = ranMs; ; livedMs = 0) {
      await delay(this.#delay.afterEnd(livedMs), undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      try {
        const thread = await startServiceThread(this.#options);
        this.#keep(thread);
        // Whoever stops could not see it yet.
        if (signal.aborted) await thread.stop(0);
        return;
      } catch (error) {
        this.#logger.error({ err: error }, "a thread could not be started again");
      }
    }
  }
}
