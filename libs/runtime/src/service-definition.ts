import type { Bus } from "@sluice/bus/bus";
import type { Instance, ServiceName } from "@sluice/contracts/service-name";
import type { Logger } from "@sluice/telemetry/logger";
import type { MeshMetrics } from "@sluice/telemetry/mesh-metrics";
import type { Tracing } from "@sluice/telemetry/tracing";
import type { z } from "zod";

/** What a service is given to work with. Nothing in it is global. */
export interface ServiceContext<Config> {
  config: Config;
  instance: Instance;
  /** Connected. The runtime closes it when the service has stopped. */
  bus: Bus;
  logger: Logger;
  tracing: Tracing;
  metrics: MeshMetrics;
  /** Aborts when the process is asked to end, also while the service still starts. */
  signal: AbortSignal;
}

/** A service that has started. */
export interface RunningService {
  ready: {
    /** Where clients reach it. @default undefined (it has no clients but the bus) */
    url?: string;
  };
  /** What keeps it from taking requests at the moment, a word each. @default nothing */
  notReadyBecause?(): string[];
  /**
   * Leaves the queue group first, so that no new request comes, then finishes what is open. What is not finished
   * after `drainMs` it breaks off itself, telling whoever waits for it, and settles; 3 s remain for that.
   * May be called again with less time, when whoever stops it has lost patience: then the shorter time counts.
   * @returns a promise of the first call that resolves when all of it is done
   */
  stop(drainMs: number): Promise<void>;
}

export interface ServiceDefinition<Config> {
  service: ServiceName;
  /** Its environment: an object schema whose keys are names of variables; it may end in a transform. */
  configSchema: z.ZodType<Config>;
  /**
   * Resolves when the service takes requests.
   * @throws where it can't; the process then ends with one line and exit code 1
   */
  start(context: ServiceContext<Config>): Promise<RunningService>;
}
