import type { IdentifiedEnvelope } from "@sluice/contracts/envelope";
import type { CompiledSemantic } from "@sluice/resources/compiled-caching";
import { askedQuestion, numbersIn } from "../domain/asked-question.ts";
import { cacheKey, type KeyedTarget } from "../domain/cache-key.ts";
import { isCacheable } from "../domain/cacheable.ts";
import type { KeptReply } from "../domain/kept-reply.ts";
import type { RouterParts } from "../router-parts.ts";

/** As much of the router as it needs. */
export type SimilarParts = Pick<RouterParts, "cache" | "similar">;

/** Gets the vector of a question. @throws SluiceError */
export type Embed = (semantic: CompiledSemantic, text: string) => Promise<readonly number[]>;

export interface SimilarRequest {
  envelope: IdentifiedEnvelope;
  target: KeyedTarget;
  semantic: CompiledSemantic;
  /** Who shares its reply, as of {@link import("../domain/cache-key.ts").sharersOf}. */
  sharedBy: readonly string[];
  /** The client's body, read. */
  body: object;
  embed: Embed;
}

interface Question {
  semantic: CompiledSemantic;
  /** Digest of all that must be the same: only within it are questions compared. */
  partition: string;
  text: string;
}

/**
 * The semantic cache's part in one request: `find`, where its very words are not kept, then `remember` once its reply
 * is. The reply itself is kept under the key of its words, with all that invalidates it; the ledger has the vector of the
 * question and that key.
 */
export class SimilarReply {
  readonly #parts: SimilarParts;
  readonly #question: Question;
  readonly #embed: Embed;
  #vector: readonly number[] | undefined;

  constructor(parts: SimilarParts, question: Question, embed: Embed) {
    this.#parts = parts;
    this.#question = question;
    this.#embed = embed;
  }

  /**
   * The reply to the most similar question, with the similarity.
   * @param takes whether a kept reply is one that the client takes
   * @param signal of the request
   * @throws SluiceError the reason of `signal`, and nothing else
   */
  async find(takes: (reply: KeptReply) => boolean, signal: AbortSignal): Promise<KeptReply | undefined> {
    const { similar, cache } = this.#parts;
    const { semantic, partition, text } = this.#question;
    try {
      this.#vector = await this.#embed(semantic, text);
    } catch (error) {
      signal.throwIfAborted();
      similar.notEmbedded(semantic.embeddingModel, error);
      return undefined;
    }
    similar.embedded(semantic.embeddingModel);
    const { threshold } = semantic;
    const found = await similar.find({ partition, vector: this.#vector, threshold });
    for (const { key, similarity } of found ?? []) {
      const kept = (await cache?.lookUp(key, ["all"]))?.reply;
      // What was found by its likeness to a third one is like this one only by chance.
      if (kept === undefined || kept.similarTo !== undefined) similar.forget(partition, key);
      else if (takes(kept)) {
        similar.count("found");
        return { ...kept, similarTo: { key, similarity } };
      }
    }
    if (found !== undefined) similar.count(found.length === 0 ? "none" : "gone");
    return undefined;
  }

  /** The reply is kept. Nobody waits for it. @param key under which */
  remember(key: string, ttlMs: number): void {
    if (this.#vector === undefined) return;
    const { partition } = this.#question;
    this.#parts.similar.remember({ partition, key, vector: this.#vector, ttlMs });
  }
}

/** @returns undefined for a request that is no question in words, or that names tools */
export function similarReply(parts: SimilarParts, request: SimilarRequest): SimilarReply | undefined {
  const { envelope, target, semantic, sharedBy, body, embed } = request;
  if (envelope.operation !== "chat" || !isCacheable({ allowTools: false }, "chat", body)) return undefined;
  const question = askedQuestion(envelope.dialect, body);
  if (question === undefined) return undefined;
  const { text, rest } = question;
  const numbers = semantic.matchNumbers ? numbersIn(text) : null;
  const partition = cacheKey(envelope, target, sharedBy, {
    rest,
    numbers,
    embeddingModel: semantic.embeddingModel,
  });
  return new SimilarReply(parts, { semantic, partition, text }, embed);
}
