import { serveCacheInvalidation } from "@sluice/bus/cache-invalidation";
import { waitingEvents } from "@sluice/bus/events";
import { servePipelineStep } from "@sluice/bus/pipeline-step";
import { connectRedis } from "@sluice/quota/connect-redis";
import { createRedisQuota } from "@sluice/quota/redis-quota";
import { PriceList } from "@sluice/resources/price-list";
import { followSnapshots } from "@sluice/resources/snapshot-follower";
import type { RunningService, ServiceContext } from "@sluice/runtime/run-service";
import { withinTime } from "@sluice/runtime/within-time";
import { BackendDirectory } from "./adapters/backend-directory.ts";
import { CacheMetrics } from "./adapters/cache-metrics.ts";
import { CutReports } from "./adapters/cut-reports.ts";
import { HealthChecks } from "./adapters/health-checks.ts";
import { ProviderClient } from "./adapters/provider-client.ts";
import { Rejections } from "./adapters/rejections.ts";
import { ReplyCache } from "./adapters/reply-cache.ts";
import { RetryBudgets } from "./adapters/retry-budgets.ts";
import { SecretOpener } from "./adapters/secret-opener.ts";
import { SecretReader } from "./adapters/secret-reader.ts";
import { Settlements } from "./adapters/settlements.ts";
import { SharedCalls } from "./adapters/shared-calls.ts";
import { SimilarQuestions } from "./adapters/similar-questions.ts";
import { TargetHealth } from "./adapters/target-health.ts";
import { TargetLoads } from "./adapters/target-loads.ts";
import { TokenCounter } from "./adapters/token-counter.ts";
import { UnrecordedAlarm } from "./adapters/unrecorded-alarm.ts";
import { UpstreamDirectory } from "./adapters/upstream-directory.ts";
import { UsageRecorder } from "./adapters/usage-recorder.ts";
import type { RouterConfig } from "./config.ts";
import { invalidateCache } from "./handlers/invalidate-cache.ts";
import { handleRoute } from "./handlers/route.ts";
import type { RouterParts } from "./router-parts.ts";

/** How long tokens may be counted past the drain time; what is not counted by then is settled by an estimate. */
const countLimitMs = 1500;
/** How long what was recorded may take to reach the stream after that. Together less than the runtime gives. */
const flushLimitMs = 1500;

/**
 * Picks the target of a request, calls the provider, streams its reply back and settles what it used. When it
 * is stopped it takes nothing new, finishes its calls, breaks off those that take too long, and sees that all of
 * them are recorded.
 */
export async function startRouter(context: ServiceContext<RouterConfig>): Promise<RunningService> {
  const { bus, logger } = context;
  const { environment, sealingKey, hostOverrides, redisUrl } = context.config;
  const redis = redisUrl === undefined ? undefined : connectRedis({ url: redisUrl, name: "router" });
  const cache = redis === undefined ? undefined : new ReplyCache(redis, logger);
  const secrets = new SecretReader(environment, new SecretOpener(sealingKey));
  const counting = new Set<Promise<void>>();
  const alarm = new UnrecordedAlarm(logger, context.metrics);
  const snapshots = await followSnapshots(bus, { signal: context.signal });
  const backends = new BackendDirectory({ environment, secrets, hostOverrides });
  const providers = new ProviderClient();
  const healthChecks = new HealthChecks({ snapshots, backends, providers, logger });
  const parts: RouterParts = {
    ...context,
    snapshots,
    backends,
    upstreams: new UpstreamDirectory(secrets, hostOverrides),
    providers,
    health: new TargetHealth(bus, healthChecks),
    loads: new TargetLoads(),
    retryBudgets: new RetryBudgets(),
    prices: new PriceList(),
    recorder: new UsageRecorder(bus, alarm),
    tokens: new TokenCounter(logger),
    cache,
    sharedCalls: cache === undefined ? undefined : new SharedCalls(cache),
    cutReports: new CutReports(bus),
    settlements:
      redis === undefined
        ? undefined
        : new Settlements({ quota: createRedisQuota({ redis }), logger, metrics: context.metrics }),
    rejections: new Rejections(bus),
    cacheMetrics: new CacheMetrics(context.metrics),
    similar: new SimilarQuestions(context),
    background: (work) => {
      const watched = work
        .catch((error: unknown) => logger.error({ err: error }, "work after a reply failed"))
        .finally(() => counting.delete(watched));
      counting.add(watched);
    },
  };
  if (cache !== undefined) serveCacheInvalidation(bus, (asked) => invalidateCache(cache, logger, asked));
  const step = await servePipelineStep(bus, {
    service: "router",
    description: "Calls the providers, streams their replies back and settles what they used",
    handler: (delivery) => handleRoute(parts, delivery),
  });
  let drainUntilMs = Number.POSITIVE_INFINITY;
  const end = async (): Promise<void> => {
    const drainMs = Math.max(0, drainUntilMs - performance.now());
    await withinTime(Promise.all(counting), drainMs + countLimitMs);
    await parts.tokens.close();
    await Promise.all(counting);
    if (!(await parts.recorder.flush(flushLimitMs))) {
      const waiting = waitingEvents(bus);
      logger.error(
        { alert: "unrecorded", waiting },
        "not all that was recorded has reached the event stream",
      );
    }
    alarm.close();
    healthChecks.close();
    await parts.providers.close();
    await parts.settlements?.close();
    redis?.disconnect();
    parts.snapshots.stop();
  };
  let ended: Promise<void> | undefined;
  return {
    ready: {},
    stop: async (drainMs) => {
      drainUntilMs = Math.min(drainUntilMs, performance.now() + drainMs);
      await step.stop(drainMs);
      // Who is in a hurry may ask again, with less time to drain.
      ended ??= end();
      await ended;
    },
  };
}
