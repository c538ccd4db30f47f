import { startTestRedisServer } from "@sluice/servers/testing/test-servers";
import type { Redis } from "ioredis";
import { onTestFinished } from "vitest";
import { connectRedis, untilConnected } from "../connect-redis.ts";
import type { Quota } from "../quota.ts";
import { createRedisQuota, type RedisQuotaOptions } from "../redis-quota.ts";

/** Long enough for a machine that is loaded; tests of the time itself set their own. */
const timeoutMs = 10_000;

export type TestQuota = {
  quota: Quota;
  redis: Redis;
  server: Awaited<ReturnType<typeof startTestRedisServer>>;
};

/** For tests: a Redis of one's own with a quota on it, both gone when the test is. */
export async function startTestQuota(options: Partial<RedisQuotaOptions> = {}): Promise<TestQuota> {
  const server = await startTestRedisServer();
  onTestFinished(() => server.stop());
  const redis = await connectTestRedis(server.url);
  return { server, redis, quota: createRedisQuota({ redis, timeoutMs, ...options }) };
}

export async function connectTestRedis(url: string): Promise<Redis> {
  const redis = connectRedis({ url, name: "test" });
  onTestFinished(() => {
    redis.disconnect();
  });
  await untilConnected(redis, 15_000);
  return redis;
}
