import { randomUUID } from "node:crypto";
import type { Redis } from "@sluice/quota/connect-redis";
import type { Logger } from "@sluice/telemetry/logger";
import { type Generations, type KeptReply, keptReplySchema } from "../domain/kept-reply.ts";

/** A cache that is slower than this is none. */
const usualPatienceMs = 100;
/** How long a generation is remembered: no reply is kept longer than 24 days. */
const generationMs = 25 * 86_400_000;

/** Whose turn it is to call, and what is kept by now; one step, so that nothing comes between. */
const takeTurnScript = `
local holder = redis.call('GET', KEYS[1])
if not holder then
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
  holder = ARGV[1]
end
return { holder, redis.call('GET', KEYS[2]) }`;
const extendTurnScript = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])`;
const endTurnScript = `
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0`;
const passScript = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[3], 'PX', ARGV[2])
return 1`;

/** In the place of a holder's name: replies to this request are not kept, so nobody waits for another's. */
const pass = "pass";

/** What is known of a request. */
export interface LookedUp {
  /** The reply that is kept; undefined for none. */
  reply: KeptReply | undefined;
  /** Those of the request's subjects, to be kept with its reply. */
  generations: Generations;
}

/** Whose turn it is to call: the asker's, another's, or everybody's, since replies are not kept. */
export type Turn = { turn: "mine" | "other" | "all"; reply: KeptReply | undefined };

/**
 * Replies that may be given again, in Redis, for all routers. Without it every request is a miss: a cache never stands
 * in the way. The keys of one request lie in one slot of a cluster, and so do all generations.
 */
export class ReplyCache {
  readonly #redis: Redis;
  readonly #logger: Logger;
  readonly #patienceMs: number;

  /** @param patienceMs how long Redis may take */
  constructor(redis: Redis, logger: Logger, patienceMs = usualPatienceMs) {
    this.#redis = redis;
    this.#logger = logger;
    this.#patienceMs = patienceMs;
  }

  /**
   * Looks a request's reply up. One of a generation that is over is none.
   * @param subjects as of {@link import("../domain/kept-reply.ts").invalidationSubjects}
   * @returns undefined where Redis does not answer
   */
  async lookUp(key: string, subjects: readonly string[]): Promise<LookedUp | undefined> {
    return await this.#orNone("looked up", async () => {
      const [text, generations] = await Promise.all([
        this.#redis.get(replyKey(key)),
        this.#generations(subjects),
      ]);
      return { reply: await this.#currentReply(text, generations), generations };
    });
  }

  /** Whether all generations are in force still. @returns false too where Redis does not answer */
  async areCurrent(generations: Generations): Promise<boolean> {
    return (
      (await this.#orNone("compared", async () => {
        const current = await this.#generations(Object.keys(generations));
        return Object.entries(generations).every(([subject, generation]) => current[subject] === generation);
      })) ?? false
    );
  }

  /**
   * Takes the turn to call, if nobody has it.
   * @param holder a name that nobody else has
   * @param ttlMs when it is over by itself
   * @returns undefined where Redis does not answer
   */
  async takeTurn(key: string, holder: string, ttlMs: number): Promise<Turn | undefined> {
    return await this.#orNone("asked for a turn", async () => {
      const found = await this.#redis.eval(takeTurnScript, 2, turnKey(key), replyKey(key), holder, ttlMs);
      const [by, text] = found as [by: string, text: string | null];
      const turn = by === holder ? "mine" : by === pass ? "all" : "other";
      return { turn, reply: await this.#currentReply(text, {}) };
    });
  }

  /** The holder is at work still. */
  async extendTurn(key: string, holder: string, ttlMs: number): Promise<void> {
    await this.#orNone("extended", () => this.#redis.eval(extendTurnScript, 1, turnKey(key), holder, ttlMs));
  }

  /** The next may call, unless there is a reply by now. */
  async endTurn(key: string, holder: string): Promise<void> {
    await this.#orNone("ended", () => this.#redis.eval(endTurnScript, 1, turnKey(key), holder));
  }

  /** Everybody may call for a while: replies to this request are not kept. */
  async passTurn(key: string, holder: string, ttlMs: number): Promise<void> {
    await this.#orNone("passed", () => this.#redis.eval(passScript, 1, turnKey(key), holder, ttlMs, pass));
  }

  /** Keeps a reply for as long as it says. */
  async put(key: string, reply: KeptReply): Promise<void> {
    const ttlMs = reply.expiresAtMs - Date.now();
    if (ttlMs <= 0) return;
    await this.#orNone("kept", () => this.#redis.set(replyKey(key), JSON.stringify(reply), "PX", ttlMs));
  }

  /** Forgets a reply. */
  async drop(key: string): Promise<void> {
    await this.#orNone("dropped", () => this.#redis.del(replyKey(key)));
  }

  /**
   * Begins a new generation of each subject: no router gives a reply of an older one from now on, be it kept or on its
   * way.
   * @throws what Redis throws
   */
  async invalidate(subjects: readonly string[]): Promise<void> {
    const set = subjects.map((subject) =>
      this.#redis.set(generationKey(subject), randomUUID(), "PX", generationMs),
    );
    await Promise.all(set);
  }

  async #generations(subjects: readonly string[]): Promise<Generations> {
    const found = await this.#redis.mget(...subjects.map(generationKey));
    return Object.fromEntries(subjects.map((subject, index) => [subject, found[index] ?? ""]));
  }

  /** @param known generations in force, by subject; others are looked up */
  async #currentReply(text: string | null, known: Generations): Promise<KeptReply | undefined> {
    if (text === null) return undefined;
    const reply = keptReplySchema.parse(JSON.parse(text));
    const others = Object.keys(reply.generations).filter((subject) => !Object.hasOwn(known, subject));
    const current = others.length === 0 ? known : { ...known, ...(await this.#generations(others)) };
    const isCurrent = Object.entries(reply.generations).every(
      ([subject, generation]) => current[subject] === generation,
    );
    return isCurrent ? reply : undefined;
  }

  async #orNone<Value>(what: string, work: () => Promise<Value>): Promise<Value | undefined> {
    try {
      return await within(this.#patienceMs, work());
    } catch (error) {
      this.#logger.debug({ err: error }, `the cache could not be ${what}`);
      return undefined;
    }
  }
}

function replyKey(key: string): string {
  return `sluice:cache:{${key}}:reply`;
}

function turnKey(key: string): string {
  return `sluice:cache:{${key}}:turn`;
}

function generationKey(subject: string): string {
  return `sluice:cache:{generations}:${subject}`;
}

async function within<Value>(patienceMs: number, work: Promise<Value>): Promise<Value | undefined> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => resolve(undefined), patienceMs);
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}
