import { InProcessHub } from "@sluice/bus/in-process-hub";
import { standardOutput } from "@sluice/telemetry/logger";
import { createProcessMetrics } from "@sluice/telemetry/mesh-metrics";
import type { z } from "zod";
import { readEnvironments } from "./environment.ts";
import { KeptThread } from "./kept-thread.ts";
import { startOperationsServer } from "./operations-server.ts";
import type { OwnProcess, ProcessParts } from "./process-parts.ts";
import { renderTogether } from "./render-together.ts";
import type { ServiceDefinition } from "./service-definition.ts";
import { ServicePlace } from "./service-place.ts";
import type { SeveralServices } from "./several-services.ts";
import { version, whatIsMissing } from "./start-service.ts";
import { StopInOrder } from "./stop-in-order.ts";
import { threadEnvironment, threadVariables } from "./thread-environment.ts";

/** As much as one service has, and what the edge takes to break off before those behind it do. */
const settleLimitMs = 4_900;
/** What the edge leaves of the drain time, so that the others are through with it when it is over. */
const edgeLeavesMs = 1_400;

/**
 * Reads the environment and starts several services in this process: metrics and health first, then the steps and the
 * threads, then the edge.
 * @throws whatever keeps one of them from starting
 */
export async function startSeveralParts(services: SeveralServices, own: OwnProcess): Promise<ProcessParts> {
  const { name, instance, logger, signal } = own;
  const { shared, configs } = readEnvironments(schemasOf(services), process.env);
  logger.level = shared.LOG_LEVEL;
  const common = { shared, signal, hub: new InProcessHub(), destination: standardOutput() };
  const placeOf = (definition: ServiceDefinition<unknown>) =>
    new ServicePlace(definition, configs[definition.service], common);
  const edge = placeOf(services.edge);
  const steps = services.steps.map(placeOf);
  const places = [edge, ...steps];
  const threads: KeptThread[] = [];
  const processMetrics = createProcessMetrics({ service: name, instance, version });
  const operations = await startOperationsServer({
    host: shared.SLUICE_METRICS_HOST,
    port: shared.SLUICE_METRICS_PORT,
    metrics: {
      render: () => renderTogether([{ service: name, instance, ...processMetrics }, ...places, ...threads]),
    },
    notReadyBecause: () =>
      whatIsMissing(
        places.map(({ started }) => started),
        signal,
      ),
  });
  await Promise.all([
    ...steps.map((step) => step.start()),
    ...services.threads.map(async (thread) => {
      const environment = threadEnvironment(thread.service, process.env);
      threads.push(await KeptThread.begin({ ...thread, environment }, logger));
    }),
  ]);
  const { ready } = await edge.start();
  const order = new StopInOrder([
    { members: [edge], leavesMs: edgeLeavesMs },
    { members: steps },
    { members: threads },
  ]);
  return {
    operations,
    running: { ready, stop: (drainMs) => order.stop(drainMs) },
    bus: {
      drain: async () => {
        await Promise.all(places.map((place) => place.drainBus()));
      },
    },
    tracing: {
      shutdown: async (timeoutMs) => {
        await Promise.all(places.map((place) => place.shutDownTracing(timeoutMs)));
      },
    },
    services: [...places, ...threads].map((place) => place.ready),
    drainMs: shared.SLUICE_DRAIN_MS,
    settleLimitMs,
  };
}

/** By service, and `threads`. */
function schemasOf({ edge, steps, threads }: SeveralServices): Record<string, z.ZodType> {
  return {
    ...Object.fromEntries([edge, ...steps].map(({ service, configSchema }) => [service, configSchema])),
    threads: threadVariables(threads.map(({ service }) => service)),
  };
}
