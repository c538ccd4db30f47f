import { connectRedis, type Redis, untilConnected } from "@sluice/quota/connect-redis";
import { startTestRedisServer } from "@sluice/servers/testing/test-servers";
import { createLogger } from "@sluice/telemetry/logger";
import { onTestFinished } from "vitest";
import { ReplyCache } from "../adapters/reply-cache.ts";

/** Long enough for a machine that is loaded. */
const patienceMs = 10_000;

/** For tests: a cache in a Redis of one's own, gone when the test is. */
export async function startTestReplyCache() {
  const server = await startTestRedisServer();
  onTestFinished(() => server.stop());
  /** The same cache, as another router sees it. */
  const connect = async (): Promise<{ cache: ReplyCache; redis: Redis }> => {
    const redis = connectRedis({ url: server.url, name: "test" });
    onTestFinished(() => redis.disconnect());
    await untilConnected(redis, 15_000);
    const logger = createLogger({ service: "router", instance: "test", level: "silent" });
    return { cache: new ReplyCache(redis, logger, patienceMs), redis };
  };
  return { server, connect };
}
