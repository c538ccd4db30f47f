import type { Bus } from "@sluice/bus/bus";
import { connectBus } from "@sluice/bus/connect";
import type { InProcessHub } from "@sluice/bus/in-process-hub";
import type { Instance } from "@sluice/contracts/service-name";
import type { Logger } from "@sluice/telemetry/logger";
import type { MeshMetrics } from "@sluice/telemetry/mesh-metrics";
import { startTracing, type Tracing } from "@sluice/telemetry/tracing";
import packageJson from "../package.json" with { type: "json" };
import type { SharedEnvironment } from "./environment.ts";
import type { RunningService, ServiceDefinition } from "./service-definition.ts";

export const { version } = packageJson;

export interface ServiceSurroundings {
  shared: SharedEnvironment;
  instance: Instance;
  logger: Logger;
  metrics: MeshMetrics;
  /** Aborts when the process is asked to end. */
  signal: AbortSignal;
  /** Carries its requests to the other services of the process. @default undefined (NATS does) */
  hub?: InProcessHub;
}

/** A service, and what it was given to work with. */
export interface StartedService {
  tracing: Tracing;
  bus: Bus;
  running: RunningService;
}

/**
 * Starts, in this order, what a service needs and then the service: traces, bus, service.
 * @throws whatever keeps one of them from starting
 */
export async function startService<Config>(
  definition: ServiceDefinition<Config>,
  config: Config,
  { shared, instance, logger, metrics, signal, hub }: ServiceSurroundings,
): Promise<StartedService> {
  const { service } = definition;
  const tracing = await startTracing({
    service,
    instance,
    version,
    otlpEndpoint: shared.OTEL_EXPORTER_OTLP_ENDPOINT,
    sampleRatio: shared.OTEL_TRACES_SAMPLER_ARG,
    trustIncoming: shared.SLUICE_TRUST_TRACEPARENT,
    logger,
  });
  const bus = await connectBus({
    servers: shared.NATS_URL,
    nkeySeed: shared.NATS_NKEY_SEED_FILE,
    service,
    instance,
    logger,
    metrics,
    ...(hub === undefined ? {} : { hub }),
  });
  const running = await definition.start({ config, instance, bus, logger, tracing, metrics, signal });
  return { tracing, bus, running };
}

/** What keeps a service from taking requests, a word each; `undefined` is one that still starts. */
export function whatIsMissing(
  services: readonly (StartedService | undefined)[],
  signal: AbortSignal,
): string[] {
  if (signal.aborted) return ["stopping"];
  const missing = services.flatMap((service) => {
    if (service === undefined) return ["starting"];
    return [...(service.bus.connected ? [] : ["bus"]), ...(service.running.notReadyBecause?.() ?? [])];
  });
  return [...new Set(missing)];
}
