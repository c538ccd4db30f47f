import { servePipelineStep } from "@sluice/bus/pipeline-step";
import { SluiceError } from "@sluice/contracts/sluice-error";
import { followSnapshots } from "@sluice/resources/snapshot-follower";
import type { RunningService, ServiceContext } from "@sluice/runtime/run-service";
import { BackendDirectory } from "./adapters/backend-directory.ts";
import { ProviderClient } from "./adapters/provider-client.ts";
import { TokenCounter } from "./adapters/token-counter.ts";
import { UsageRecorder } from "./adapters/usage-recorder.ts";
import type { RouterConfig } from "./config.ts";
import { handleRoute } from "./handlers/route.ts";
import type { RouterParts } from "./router-parts.ts";

/** How long open calls may go on when the router ends; less than the runtime gives, so that the rest has its time. */
const drainMs = 4000;
/** How long what was recorded may take to reach the stream when the router ends. */
const flushTimeoutMs = 2000;

/**
 * Picks the target of a request, calls the provider, streams its reply back and settles what it used. When it
 * is stopped it takes nothing new, finishes its calls, breaks off those that take too long, and sees that all of
 * them are recorded.
 */
export async function startRouter(context: ServiceContext<RouterConfig>): Promise<RunningService> {
  const open = new Set<Promise<void>>();
  const parts: RouterParts = {
    ...context,
    snapshots: await followSnapshots(context.bus, { signal: context.signal }),
    backends: new BackendDirectory(context.config.environment),
    providers: new ProviderClient(),
    recorder: new UsageRecorder(context.bus),
    tokens: new TokenCounter(context.logger),
    openCalls: new Set(),
    background: (work) => {
      const watched = work
        .catch((error: unknown) => context.logger.error({ err: error }, "work after a reply failed"))
        .finally(() => open.delete(watched));
      open.add(watched);
    },
  };
  const step = await servePipelineStep(context.bus, {
    service: "router",
    description: "Calls the providers, streams their replies back and settles what they used",
    handler: (delivery) => handleRoute(parts, delivery),
  });
  return {
    ready: {},
    stop: async () => {
      const overdue = setTimeout(() => breakOff(parts.openCalls), drainMs);
      await step.stop();
      clearTimeout(overdue);
      await Promise.all(open);
      if (!(await parts.recorder.flush(flushTimeoutMs))) {
        context.logger.error("not all that was recorded has reached the event stream");
      }
      await parts.tokens.close();
      await parts.providers.close();
      parts.snapshots.stop();
    },
  };
}

/** What they have used is settled, and their clients are told, which a process that is killed could not do. */
function breakOff(calls: Iterable<AbortController>): void {
  const error = new SluiceError("holder_lost", "The part of the gateway that held the request was stopped.");
  for (const call of calls) call.abort(error);
}
