import { servePipelineStep } from "@sluice/bus/pipeline-step";
import { followSnapshots } from "@sluice/resources/snapshot-follower";
import type { RunningService, ServiceContext } from "@sluice/runtime/run-service";
import type { GuardConfig } from "./config.ts";
import { DecisionRecorder } from "./handlers/decision-recorder.ts";
import { inspect } from "./handlers/inspect.ts";
import type { InspectContext } from "./handlers/inspect-context.ts";

/** How long the last decisions may take to reach the stream when the service stops. */
const settleLimitMs = 2_000;

/** Guard: holds the configuration, then takes requests. */
export async function startGuard(context: ServiceContext<GuardConfig>): Promise<RunningService> {
  const { config, bus, tracing, metrics, logger, signal } = context;
  const snapshots = await followSnapshots(bus, { signal });
  logger.info({ revision: snapshots.current.revision }, "configuration is here");

  const recorder = new DecisionRecorder(bus);
  const inspectContext: InspectContext = {
    config,
    snapshots,
    recorder,
    tracing,
    logger,
    promptDuration: metrics.histogram(
      "sluice.guard.prompt.duration",
      "Time that the guard takes to inspect a prompt",
      "s",
      [0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5],
    ),
  };
  const step = await servePipelineStep(bus, {
    service: "guard",
    description: "Looks for secrets and personal data in prompts and replies; masks, blocks or records them",
    handler: (delivery) => inspect(inspectContext, delivery),
  });

  return {
    ready: {},
    stop: async (drainMs) => {
      await step.stop(drainMs);
      snapshots.stop();
      await recorder.settle(settleLimitMs);
    },
  };
}
