import type { IdentifiedEnvelope } from "@sluice/contracts/envelope";
import { SluiceError } from "@sluice/contracts/sluice-error";
import type { Usage } from "@sluice/contracts/usage";
import { isObject } from "@sluice/dialects/is-object";
import type { CompiledCaching } from "@sluice/resources/compiled-caching";
import type { ModelTarget } from "@sluice/resources/find-target";
import type { CallOutcome, CallTurn } from "../adapters/shared-calls.ts";
import { type CacheControl, readCacheControl, takesReply } from "../domain/cache-control.ts";
import {
  type CacheResult,
  cacheResultHeaders,
  cacheTagsHeader,
  readCacheTags,
} from "../domain/cache-headers.ts";
import { cacheKey, sharersOf } from "../domain/cache-key.ts";
import { isCacheable } from "../domain/cacheable.ts";
import {
  type Generations,
  invalidationSubjects,
  type KeptReply,
  type NewReply,
} from "../domain/kept-reply.ts";
import { ReplyCollector } from "../domain/reply-collector.ts";
import type { RouterParts } from "../router-parts.ts";
import { type Embed, type SimilarReply, similarReply } from "./similar-reply.ts";

/** As much of the router as the cache needs. */
export type CacheParts = Pick<RouterParts, "cache" | "sharedCalls" | "background"> &
  Partial<Pick<RouterParts, "similar">>;

/** A request as the cache knows it. */
export interface CacheRequest {
  caching: CompiledCaching;
  envelope: IdentifiedEnvelope;
  /** The client's body, read. */
  body: object;
  /** Who shares its reply, as of {@link sharersOf}. */
  sharedBy: readonly string[];
  key: string;
  /** By what its reply may be invalidated. */
  subjects: readonly string[];
  control: CacheControl;
  /** Undefined where only the same words have the same reply. */
  similar: SimilarReply | undefined;
}

export interface FindOptions {
  /** Called, and waited for, before another call is made or waited for. @throws what ends the wait */
  beforeWaiting(): Promise<void>;
  signal: AbortSignal;
}

/**
 * What the cache has to do with one request: `find`, then `keep` where a whole reply came, and `over` in any case.
 */
export class CachedReply {
  readonly #parts: CacheParts;
  /** Undefined for one whose reply is not to be given twice. */
  #request: CacheRequest | undefined;
  readonly #key: string | undefined;
  readonly #onlyIfCached: boolean;
  /** Undefined where Redis does not answer: nothing is kept then. */
  #generations: Generations | undefined;
  #turn: CallTurn | undefined;
  #result: CacheResult;
  /** The question whose reply was found, where it is another one. */
  #similarTo: KeptReply["similarTo"];
  #isRejected = false;

  constructor(parts: CacheParts, request: CacheRequest | undefined, onlyIfCached: boolean) {
    this.#parts = parts;
    this.#request = request;
    this.#key = request?.key;
    this.#onlyIfCached = onlyIfCached;
    this.#result = request === undefined ? "bypass" : "miss";
  }

  get result(): CacheResult {
    return this.#result;
  }

  /** Headers that tell the client what the cache did. */
  get headers(): Record<string, string> {
    return cacheResultHeaders(this.#result, this.#key, this.#similarTo?.similarity);
  }

  /**
   * The reply of the same request before, where it is still kept and the client takes it, or of one that is under way, or
   * of one that asks the same in other words, where that is wanted.
   * @returns undefined where there is none: the caller is to call, for all who wait
   * @throws SluiceError `not_cached` for who wants no call; the reason of `signal`; what `beforeWaiting` throws
   */
  async find(options: FindOptions): Promise<KeptReply | undefined> {
    const reply = await this.#find(options);
    if (reply !== undefined) {
      this.#result = "hit";
      this.#similarTo = reply.similarTo;
    }
    return reply;
  }

  /** Takes a streamed reply piece by piece; undefined where it would be in vain. */
  collector(): ReplyCollector | undefined {
    if (this.#request === undefined || this.#generations === undefined) return undefined;
    return new ReplyCollector(this.#request.caching.maxBytes);
  }

  /**
   * Keeps a whole reply. Nobody waits for it.
   * @param reply undefined for one that is too large
   * @param usage what its call used, once that is known
   */
  keep(reply: Omit<NewReply, "usage"> | undefined, usage: Promise<Usage>): void {
    const turn = this.#takeTurn();
    this.#parts.background(this.#kept(reply, usage).then((outcome) => turn?.end(outcome)));
  }

  /** The guard has blocked the reply: nobody is to get it from the cache. */
  reject(): void {
    this.#isRejected = true;
    if (this.#key !== undefined) void this.#parts.cache?.drop(this.#key);
    if (this.#similarTo !== undefined) void this.#parts.cache?.drop(this.#similarTo.key);
  }

  /** The request is over. What was not kept by now will not be: the next of those who wait may call. */
  over(): void {
    // It may be known for a while yet, should the guard block the reply.
    this.#request = undefined;
    const turn = this.#takeTurn();
    if (turn !== undefined) this.#parts.background(turn.end("failed"));
  }

  /** Of the question whose reply was found, where it is another one. */
  get similarity(): number | undefined {
    return this.#similarTo?.similarity;
  }

  async #find({ beforeWaiting, signal }: FindOptions): Promise<KeptReply | undefined> {
    const request = this.#request;
    if (request === undefined || this.#parts.cache === undefined) return this.#none();
    const { key, subjects, control } = request;
    const found = await this.#parts.cache.lookUp(key, subjects);
    this.#generations = found?.generations;
    if (control.noCache) {
      this.#result = "refresh";
      return this.#none();
    }
    const takes = (reply: KeptReply): boolean => isTaken(request, reply);
    if (found?.reply !== undefined && takes(found.reply)) return found.reply;
    if (found === undefined) return this.#none();
    const { generations } = found;
    const look = { request, generations, takes, beforeWaiting, signal };
    if (this.#onlyIfCached) return (await this.#findSimilar(look)) ?? this.#none();
    const call = { key, subjects, takes, beforeWaiting, signal };
    const shared = await this.#parts.sharedCalls?.replyOrTurn(call);
    if (shared === undefined) return undefined;
    if ("reply" in shared) return shared.reply;
    this.#turn = shared.turn;
    return await this.#findSimilar(look);
  }

  /** Looks for the question in other words, once for all who wait. */
  async #findSimilar({
    request,
    generations,
    takes,
    beforeWaiting,
    signal,
  }: SimilarLook): Promise<KeptReply | undefined> {
    if (request.similar === undefined) return undefined;
    await beforeWaiting();
    const found = await request.similar.find(takes, signal);
    if (found === undefined) return undefined;
    // From now on it is found by these words, until either question's reply is invalidated.
    const reply = { ...found, generations: { ...found.generations, ...generations } };
    await this.#parts.cache?.put(request.key, reply);
    const turn = this.#takeTurn();
    if (turn !== undefined) this.#parts.background(turn.end("kept"));
    return reply;
  }

  /** @throws SluiceError `not_cached` */
  #none(): undefined {
    if (this.#onlyIfCached) throw notCached();
  }

  async #kept(reply: Omit<NewReply, "usage"> | undefined, usage: Promise<Usage>): Promise<CallOutcome> {
    const { cache } = this.#parts;
    const [request, generations] = [this.#request, this.#generations];
    if (request === undefined || generations === undefined || reply === undefined) return "not_kept";
    const { key, caching, similar } = request;
    if (Buffer.byteLength(reply.body) > caching.maxBytes) return "not_kept";
    const storedAtMs = Date.now();
    const expiresAtMs = storedAtMs + caching.ttlMs;
    const kept = { ...reply, usage: await usage, storedAtMs, expiresAtMs, generations };
    if (!this.#isRejected) await cache?.put(key, kept);
    if (!this.#isRejected) {
      similar?.remember(key, caching.ttlMs);
      return "kept";
    }
    await cache?.drop(key);
    return "failed";
  }

  #takeTurn(): CallTurn | undefined {
    const turn = this.#turn;
    this.#turn = undefined;
    return turn;
  }
}

interface SimilarLook extends FindOptions {
  request: CacheRequest;
  generations: Generations;
  takes(reply: KeptReply): boolean;
}

/**
 * What the cache has to do with a request.
 * @param body the text that is asked for
 * @param embed called where questions in other words are looked for
 * @returns undefined where nothing of the model or route is cached
 * @throws SluiceError `invalid_request` for tags that are none; `not_cached` for who wants no call, where nothing is
 *   cached
 */
export function cachedReply(
  parts: CacheParts,
  envelope: IdentifiedEnvelope,
  target: ModelTarget,
  { body, embed }: { body: string; embed: Embed },
): CachedReply | undefined {
  const { caching } = target;
  const control = envelope.headers["cache-control"];
  if (caching === undefined || parts.cache === undefined) {
    if (control !== undefined && readCacheControl(control).onlyIfCached) throw notCached();
    return undefined;
  }
  const asked = readCacheControl(control);
  const request = asked.noStore
    ? undefined
    : cacheRequest(parts, { caching, control: asked, envelope, target, body, embed });
  return new CachedReply(parts, request, asked.onlyIfCached);
}

interface RequestFacts extends Pick<CacheRequest, "caching" | "control" | "envelope"> {
  target: ModelTarget;
  body: string;
  embed: Embed;
}

/** @returns undefined for a request whose reply is not to be given twice */
function cacheRequest(
  parts: CacheParts,
  { caching, control, envelope, target, body, embed }: RequestFacts,
): CacheRequest | undefined {
  const read: unknown = JSON.parse(body);
  if (!isObject(read) || !isCacheable(caching, envelope.operation, read)) return undefined;
  const sharedBy = sharersOf(envelope.identity, caching.scope);
  if (sharedBy === undefined) return undefined;
  const key = cacheKey(envelope, target, sharedBy, read);
  const answering = (target.pool?.targets ?? [target]).map(({ providerModel }) => providerModel);
  const subjects = invalidationSubjects({
    key,
    models: [envelope.model, ...answering],
    tags: [...caching.tags, ...readCacheTags(envelope.headers[cacheTagsHeader])],
  });
  const { semantic } = caching;
  const { cache, similar: questions } = parts;
  const similar =
    semantic === undefined || questions === undefined
      ? undefined
      : similarReply(
          { cache, similar: questions },
          { envelope, target, semantic, sharedBy, body: read, embed },
        );
  return { caching, control, envelope, body: read, sharedBy, key, subjects, similar };
}

function isTaken(
  { control, caching: { semantic } }: CacheRequest,
  { storedAtMs, expiresAtMs, similarTo }: KeptReply,
): boolean {
  // It was found by another threshold, maybe.
  if (similarTo !== undefined && similarTo.similarity < (semantic?.threshold ?? Infinity)) return false;
  const nowMs = Date.now();
  return takesReply(control, { ageMs: nowMs - storedAtMs, leftMs: expiresAtMs - nowMs });
}

function notCached(): SluiceError {
  return new SluiceError("not_cached", "No reply to this request is cached, and the client wants no other.");
}
