import {
  type CacheInvalidation,
  type CacheInvalidationReply,
  cacheInvalidationReplySchema,
  cacheInvalidationSchema,
} from "@sluice/contracts/cache-invalidation";
import { SluiceError } from "@sluice/contracts/sluice-error";
import { cacheInvalidationSubject } from "@sluice/contracts/subjects";
import { ErrorCode, NatsError } from "nats";
import type { Bus, BusConnection } from "./bus.ts";
import { connectionOf } from "./internal/connection.ts";
import { guarded } from "./internal/subscribe.ts";

/** How long a router may take. */
const patienceMs = 5_000;

/**
 * Answers the operator's invalidations, each once over all routers, for as long as the bus is open.
 * @param invalidate what it throws is told in its own words where it is a SluiceError
 */
export function serveCacheInvalidation(
  bus: Bus,
  invalidate: (invalidation: CacheInvalidation) => Promise<void>,
): void {
  const answer = guarded(
    bus,
    cacheInvalidationSubject,
    async (message: { data: Uint8Array; respond(data: Uint8Array): boolean }) => {
      let reply: CacheInvalidationReply = { error: null };
      try {
        await invalidate(
          cacheInvalidationSchema.parse(JSON.parse(Buffer.from(message.data).toString("utf8"))),
        );
      } catch (thrown) {
        reply = { error: SluiceError.from(thrown).message };
      }
      message.respond(Buffer.from(JSON.stringify(reply)));
    },
  );
  connectionOf(bus).subscribe(cacheInvalidationSubject, {
    queue: "router",
    callback: (error, message) => {
      if (error === null) answer(message);
      else bus.logger.error({ err: error }, "invalidations of the cache are not heard any more");
    },
  });
}

/**
 * Has replies be given no more, by any router.
 * @throws SluiceError `service_unavailable` where no router does it
 */
export async function askForCacheInvalidation(
  bus: BusConnection,
  invalidation: CacheInvalidation,
): Promise<void> {
  const reply = await askRouter(bus, invalidation);
  if (reply.error !== null) throw new SluiceError("service_unavailable", reply.error);
}

async function askRouter(
  bus: BusConnection,
  invalidation: CacheInvalidation,
): Promise<CacheInvalidationReply> {
  try {
    const payload = Buffer.from(JSON.stringify(invalidation));
    const message = await connectionOf(bus).request(cacheInvalidationSubject, payload, {
      timeout: patienceMs,
    });
    return cacheInvalidationReplySchema.parse(JSON.parse(message.string()));
  } catch (cause) {
    const isSilent =
      cause instanceof NatsError &&
      (cause.code === ErrorCode.NoResponders || cause.code === ErrorCode.Timeout);
    if (!isSilent) throw cause;
    const text =
      cause.code === ErrorCode.NoResponders
        ? "No router with a cache is running."
        : "No router has answered.";
    throw new SluiceError("service_unavailable", text, { cause });
  }
}
