import { settleEvents } from "@sluice/bus/events";
import { servePipelineStep } from "@sluice/bus/pipeline-step";
import { connectRedis } from "@sluice/quota/connect-redis";
import { createRedisQuota } from "@sluice/quota/redis-quota";
import { PriceList } from "@sluice/resources/price-list";
import { followSnapshots } from "@sluice/resources/snapshot-follower";
import type { RunningService, ServiceContext } from "@sluice/runtime/run-service";
import { apiKeyDigest } from "@sluice/sealing/api-key-digest";
import { followVirtualKeys } from "./adapters/follow-virtual-keys.ts";
import { Introspector } from "./adapters/introspector.ts";
import { JsonClient } from "./adapters/json-client.ts";
import { LimitReports } from "./adapters/limit-reports.ts";
import { LimitStore } from "./adapters/limit-store.ts";
import { TokenVerifier } from "./adapters/token-verifier.ts";
import type { AuthConfig } from "./config.ts";
import { KeyRing } from "./domain/key-ring.ts";
import { type CheckContext, check } from "./handlers/check.ts";

/** Auth: holds all virtual keys and the configuration, then takes requests. */
export async function startAuth(context: ServiceContext<AuthConfig>): Promise<RunningService> {
  const { bus, tracing, metrics, logger, signal } = context;
  const keyRing = new KeyRing();
  // First what is needed to judge, then the queue group: a request is never refused for want of the keys.
  const keys = await followVirtualKeys(bus, keyRing);
  const snapshots = await followSnapshots(bus, { signal });
  logger.info(
    { keys: keyRing.size, revision: snapshots.current.revision },
    "keys and configuration are here",
  );

  const { apiKeyDigestKey, redisUrl, environment } = context.config;
  const client = new JsonClient();
  const verifier = new TokenVerifier(client, logger);
  const introspector = new Introspector({ client, environment, logger });
  const redis = redisUrl === undefined ? undefined : connectRedis({ url: redisUrl, name: "auth" });
  const limits = redis === undefined ? undefined : new LimitStore(createRedisQuota({ redis }), logger);
  const checkContext: CheckContext = {
    keyRing,
    limits,
    limitReports: new LimitReports(bus, metrics, () => limits?.isAway === true),
    prices: new PriceList(),
    tokens: {
      verify: (issuer, token) => verifier.verify(issuer, token),
      introspect: (server, token) => introspector.introspect(server, token),
    },
    digest: apiKeyDigestKey === undefined ? undefined : (key) => apiKeyDigest(apiKeyDigestKey, key),
    snapshots,
    tracing,
    bus,
    uninspected: metrics.counter(
      "sluice.auth.uninspected",
      "Requests that passed without the guard because it was down and their policies fail open",
      "{request}",
    ),
    refusals: metrics.counter(
      "sluice.auth.refusals",
      "Requests that auth turned away, by error code",
      "{request}",
    ),
  };
  const step = await servePipelineStep(bus, {
    service: "auth",
    description: "Knows the virtual keys; says whose a request is and whether the key may use the model",
    handler: (delivery) => check(checkContext, delivery),
  });

  return {
    ready: {},
    stop: async (drainMs) => {
      await step.stop(drainMs);
      await settleEvents(bus, 2000);
      await client.close();
      redis?.disconnect();
      keys.stop();
      snapshots.stop();
    },
  };
}
