import { SluiceError } from "@sluice/contracts/sluice-error";
import type { Cluster, Redis } from "ioredis";
import { ScriptQuota } from "./internal/script-quota.ts";
import { ScriptRunner } from "./internal/script-runner.ts";
import { quotaScripts, serverClock } from "./internal/scripts.ts";
import type { Quota } from "./quota.ts";

export type RedisQuotaOptions = {
  /** @see connectRedis */
  redis: Redis | Cluster;
  /** How long a call may take before it rejects, in ms. @default 250 */
  timeoutMs?: number;
  /** Begins the name of every key. No braces. @default "sluice:quota" */
  keyPrefix?: string;
  /** How long a settled reservation is remembered, so that a redelivery changes nothing, in ms. @default 60000 */
  settledRecordMs?: number;
  /** How long a reservation that has expired can still be settled, in ms. @default 3600000 */
  expiredRecordMs?: number;
  /** Calls that may wait for an answer; more reject at once. @default 10000 */
  maxUnanswered?: number;
};

/**
 * Limits that all processes share, in Redis 7.0 or newer or Valkey. Each call is one script, atomic over all limits of
 * the request, decided by the server's clock.
 *
 * @throws {SluiceError} `internal`, when the key prefix has braces
 */
export function createRedisQuota(options: RedisQuotaOptions): Quota {
  const keyPrefix = options.keyPrefix ?? "sluice:quota";
  if (/[{}]/.test(keyPrefix))
    throw new SluiceError("internal", `The key prefix ${keyPrefix} can't have braces.`);
  return new ScriptQuota({
    runner: new ScriptRunner({ redis: options.redis, maxUnanswered: options.maxUnanswered ?? 10_000 }),
    scripts: quotaScripts(serverClock),
    keyPrefix,
    timeoutMs: options.timeoutMs ?? 250,
    settledRecordMs: options.settledRecordMs ?? 60_000,
    expiredRecordMs: options.expiredRecordMs ?? 3_600_000,
  });
}
