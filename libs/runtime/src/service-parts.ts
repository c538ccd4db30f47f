import type { Bus } from "@sluice/bus/bus";
import { connectBus } from "@sluice/bus/connect";
import type { Instance } from "@sluice/contracts/service-name";
import type { Logger } from "@sluice/telemetry/logger";
import { createMeshMetrics } from "@sluice/telemetry/mesh-metrics";
import { startTracing, type Tracing } from "@sluice/telemetry/tracing";
import packageJson from "../package.json" with { type: "json" };
import { readEnvironment } from "./environment.ts";
import { type OperationsServer, startOperationsServer } from "./operations-server.ts";
import type { RunningService, ServiceDefinition } from "./service-definition.ts";

/** All that runs in the process of a service. */
export interface ServiceParts {
  tracing: Tracing;
  operations: OperationsServer;
  bus: Bus;
  running: RunningService;
}

/**
 * Reads the environment and starts, in this order, what a service needs and then the service: metrics and health
 * (so that a process that hangs in its start can be asked), traces, bus, service.
 *
 * @param signal aborts when the process is asked to end
 * @throws whatever keeps one of them from starting
 */
export async function startServiceParts<Config>(
  definition: ServiceDefinition<Config>,
  instance: Instance,
  logger: Logger,
  signal: AbortSignal,
): Promise<ServiceParts> {
  const { service } = definition;
  const { shared, config } = readEnvironment(definition.configSchema, process.env);
  logger.level = shared.LOG_LEVEL;
  const { version } = packageJson;
  const metrics = createMeshMetrics({ service, instance, version });

  let bus: Bus | undefined;
  let running: RunningService | undefined;
  const operations = await startOperationsServer({
    host: shared.SLUICE_METRICS_HOST,
    port: shared.SLUICE_METRICS_PORT,
    metrics,
    notReadyBecause: () => whatIsMissing(bus, running, signal),
  });
  const tracing = await startTracing({
    service,
    instance,
    version,
    otlpEndpoint: shared.OTEL_EXPORTER_OTLP_ENDPOINT,
    sampleRatio: shared.OTEL_TRACES_SAMPLER_ARG,
    trustIncoming: shared.SLUICE_TRUST_TRACEPARENT,
    logger,
  });
  bus = await connectBus({
    servers: shared.NATS_URL,
    nkeySeed: shared.NATS_NKEY_SEED_FILE,
    service,
    instance,
    logger,
    metrics,
  });
  running = await definition.start({ config, instance, bus, logger, tracing, metrics, signal });
  return { tracing, operations, bus, running };
}

function whatIsMissing(
  bus: Bus | undefined,
  running: RunningService | undefined,
  signal: AbortSignal,
): string[] {
  if (signal.aborted) return ["stopping"];
  if (bus === undefined || running === undefined) return ["starting"];
  return [...(bus.connected ? [] : ["bus"]), ...(running.notReadyBecause?.() ?? [])];
}
