import type { CacheInvalidation, InvalidatedReplies } from "@sluice/contracts/cache-invalidation";
import { SluiceError } from "@sluice/contracts/sluice-error";
import type { Logger } from "@sluice/telemetry/logger";
import type { ReplyCache } from "../adapters/reply-cache.ts";

/**
 * `sluice.v1.cache.invalidate`: replies are given no more, be they kept or on their way. It holds for all routers when
 * it resolves, since none of them keeps replies of its own.
 * @throws SluiceError `service_unavailable` where Redis does not answer
 */
export async function invalidateCache(
  cache: Pick<ReplyCache, "invalidate">,
  logger: Logger,
  { replies, madeBy }: CacheInvalidation,
): Promise<void> {
  const subjects = replies.map(subjectOf);
  try {
    await cache.invalidate(subjects);
  } catch (cause) {
    const text = "Redis does not answer: nothing was invalidated, or not all of it.";
    throw new SluiceError("service_unavailable", text, { cause });
  }
  logger.info({ audit: "cache_invalidated", subjects, madeBy }, "cached replies were invalidated");
}

function subjectOf(replies: InvalidatedReplies): string {
  return replies.by === "all" ? "all" : `${replies.by}:${replies.value}`;
}
