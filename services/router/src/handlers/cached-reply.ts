import type { IdentifiedEnvelope } from "@sluice/contracts/envelope";
import type { ModelTarget } from "@sluice/resources/find-target";
import type { KeptReply, ReplyCache } from "../adapters/reply-cache.ts";
import { cacheKey, mayUseCache } from "../domain/cache-key.ts";

/** The place of one request's reply in the cache. */
export interface CachedReply {
  /** The reply of the same request before, where it is still kept and the client takes it. */
  find(): Promise<KeptReply | undefined>;
  keep(reply: KeptReply): void;
}

/** @returns undefined where the route has no cache, or the reply is not to be given twice */
export function cachedReply(
  cache: ReplyCache | undefined,
  envelope: IdentifiedEnvelope,
  target: ModelTarget,
  body: string,
): CachedReply | undefined {
  const ttlMs = target.route?.cacheTtlMs;
  if (cache === undefined || ttlMs === undefined) return undefined;
  const key = cacheKey(envelope, target, body);
  if (key === undefined) return undefined;
  return {
    find: async () => (mayUseCache(envelope) ? await cache.get(key) : undefined),
    keep: (reply) => cache.put(key, reply, ttlMs),
  };
}
