import { createMeshMetrics } from "@sluice/telemetry/mesh-metrics";
import { readEnvironment } from "./environment.ts";
import { startOperationsServer } from "./operations-server.ts";
import type { OwnProcess, ProcessParts } from "./process-parts.ts";
import type { ServiceDefinition } from "./service-definition.ts";
import { type StartedService, startService, version, whatIsMissing } from "./start-service.ts";

/**
 * How long a service may take, past its drain time, to break off what is still open, to settle it and to see it
 * recorded. With the drain time of the environment the whole exit stays within the 30 s of Kubernetes.
 */
const settleLimitMs = 3_500;

/**
 * Reads the environment and starts all that runs in the process of a service: metrics and health first, so that a
 * process that hangs in its start can be asked.
 * @throws whatever keeps one of them from starting
 */
export async function startServiceParts<Config>(
  definition: ServiceDefinition<Config>,
  { instance, logger, signal }: OwnProcess,
): Promise<ProcessParts> {
  const { shared, config } = readEnvironment(definition.configSchema, process.env);
  logger.level = shared.LOG_LEVEL;
  const metrics = createMeshMetrics({ service: definition.service, instance, version });
  let started: StartedService | undefined;
  const operations = await startOperationsServer({
    host: shared.SLUICE_METRICS_HOST,
    port: shared.SLUICE_METRICS_PORT,
    metrics,
    notReadyBecause: () => whatIsMissing([started], signal),
  });
  started = await startService(definition, config, { shared, instance, logger, metrics, signal });
  return { ...started, operations, drainMs: shared.SLUICE_DRAIN_MS, settleLimitMs };
}
