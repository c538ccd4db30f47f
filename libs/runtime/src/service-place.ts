import type { InProcessHub } from "@sluice/bus/in-process-hub";
import type { Instance, ServiceName } from "@sluice/contracts/service-name";
import { createLogger, type standardOutput } from "@sluice/telemetry/logger";
import { createMeshMetrics } from "@sluice/telemetry/mesh-metrics";
import type { SharedEnvironment } from "./environment.ts";
import { newInstance } from "./instance-name.ts";
import type { ServiceReady } from "./ready-message.ts";
import type { MetricSource } from "./render-together.ts";
import type { RunningService, ServiceDefinition } from "./service-definition.ts";
import { type ServiceSurroundings, type StartedService, startService, version } from "./start-service.ts";
import type { Stoppable } from "./stop-in-order.ts";

/** What the services of a process have in common. */
export interface CommonSurroundings {
  shared: SharedEnvironment;
  signal: AbortSignal;
  hub: InProcessHub;
  destination: ReturnType<typeof standardOutput>;
}

/** One of several services of a process: its name, its log and its metrics are there before it starts. */
export class ServicePlace implements MetricSource, Stoppable {
  readonly service: ServiceName;
  readonly instance: Instance;
  readonly #definition: ServiceDefinition<unknown>;
  readonly #config: unknown;
  readonly #surroundings: ServiceSurroundings;
  #started: StartedService | undefined;

  constructor(
    definition: ServiceDefinition<unknown>,
    config: unknown,
    { shared, signal, hub, destination }: CommonSurroundings,
  ) {
    const { service } = definition;
    const instance = newInstance(service);
    this.service = service;
    this.instance = instance;
    this.#definition = definition;
    this.#config = config;
    this.#surroundings = {
      shared,
      signal,
      hub,
      instance,
      logger: createLogger({ service, instance, level: shared.LOG_LEVEL, destination }),
      metrics: createMeshMetrics({ service, instance, version, processMetrics: false }),
    };
  }

  /** Undefined until it has started. */
  get started(): StartedService | undefined {
    return this.#started;
  }

  get ready(): ServiceReady {
    const url = this.#started?.running.ready.url;
    return { service: this.service, instance: this.instance, ...(url === undefined ? {} : { url }) };
  }

  /** @throws what keeps the service from starting */
  async start(): Promise<RunningService> {
    this.#started = await startService(this.#definition, this.#config, this.#surroundings);
    return this.#started.running;
  }

  async stop(drainMs: number): Promise<void> {
    await this.#started?.running.stop(drainMs);
  }

  async drainBus(): Promise<void> {
    await this.#started?.bus.drain();
  }

  async shutDownTracing(timeoutMs: number): Promise<void> {
    await this.#started?.tracing.shutdown(timeoutMs);
  }

  render(): Promise<string> {
    return this.#surroundings.metrics.render();
  }
}
