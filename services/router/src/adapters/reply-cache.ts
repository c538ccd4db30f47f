import type { Redis } from "@sluice/quota/connect-redis";
import type { Logger } from "@sluice/telemetry/logger";
import { z } from "zod";

const keyPrefix = "sluice:cache:";
/** A larger reply is not kept. */
const maxBytes = 1024 * 1024;
/** A cache that is slower than this is none. */
const patienceMs = 100;

const keptReplySchema = z.object({
  storedAtMs: z.int(),
  headers: z.record(z.string(), z.string()),
  body: z.string(),
  responseModel: z.string().optional(),
});
/** A whole reply as the client got it. */
export type KeptReply = z.infer<typeof keptReplySchema>;

/** Replies that may be given again, in Redis. Without it every request is a miss: a cache never stands in the way. */
export class ReplyCache {
  readonly #redis: Redis;
  readonly #logger: Logger;

  constructor(redis: Redis, logger: Logger) {
    this.#redis = redis;
    this.#logger = logger;
  }

  async get(key: string): Promise<KeptReply | undefined> {
    try {
      const text = await withinPatience(this.#redis.get(keyPrefix + key));
      return text === null || text === undefined ? undefined : keptReplySchema.parse(JSON.parse(text));
    } catch (error) {
      this.#logger.debug({ err: error }, "the cache could not be read");
      return undefined;
    }
  }

  /** Keeps a reply. Nobody waits for it. */
  put(key: string, reply: KeptReply, ttlMs: number): void {
    const text = JSON.stringify(reply);
    if (text.length > maxBytes) return;
    this.#redis
      .set(keyPrefix + key, text, "PX", ttlMs)
      .catch((error: unknown) => this.#logger.debug({ err: error }, "a reply could not be kept"));
  }
}

async function withinPatience<Value>(work: Promise<Value>): Promise<Value | undefined> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => resolve(undefined), patienceMs);
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}
