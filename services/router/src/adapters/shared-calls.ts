import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { KeptReply } from "../domain/kept-reply.ts";
import { orAborted } from "./or-aborted.ts";
import type { ReplyCache } from "./reply-cache.ts";

/** A holder that says nothing for so long is lost, and the next may call. */
const usualTurnMs = 10_000;
/** First and longest pause between two looks at another router's call. */
const firstPauseMs = 20;
const longestPauseMs = 250;
/** How long nobody waits for replies to a request that turned out not to be kept. */
const passMs = 30_000;

/**
 * - `kept`: the reply is in the cache.
 * - `failed`: there is none; the next of those who wait may call.
 * - `not_kept`: there is one, and it is not to be kept: all who wait may call.
 */
export type CallOutcome = "kept" | "failed" | "not_kept";

/** The right to make the one call of a key. It lasts, while this process lives, until it is ended. */
export interface CallTurn {
  end(outcome: CallOutcome): Promise<void>;
}

export interface SharedCall {
  key: string;
  subjects: readonly string[];
  /** Whether a kept reply is one that the client takes. */
  takes(reply: KeptReply): boolean;
  /** Called, and waited for, before another's call is waited for; more than once. @throws what ends the wait */
  beforeWaiting(): Promise<void>;
  signal: AbortSignal;
}

/** What a process knows of a call that it makes, or waits for at another router. */
interface OpenCall {
  over: Promise<CallOutcome>;
  close(outcome: CallOutcome): void;
}

/**
 * Of concurrent requests of one key, over all routers, one calls, and the others wait for its reply. A holder that is
 * lost, fails or is cancelled makes room for the next. Who waits in the same process waits for one of them, which looks
 * at Redis for all.
 */
export class SharedCalls {
  readonly #cache: ReplyCache;
  readonly #turnMs: number;
  readonly #open = new Map<string, OpenCall>();

  /** @param turnMs how long a holder may say nothing before it is lost */
  constructor(cache: ReplyCache, turnMs = usualTurnMs) {
    this.#cache = cache;
    this.#turnMs = turnMs;
  }

  /**
   * Waits for the turn to call, or for the reply of who has it.
   * @returns undefined where everybody calls alone: Redis does not answer, or the reply is not to be kept
   * @throws SluiceError the reason of the request's `signal`; what its `beforeWaiting` throws
   */
  async replyOrTurn(request: SharedCall): Promise<{ reply: KeptReply } | { turn: CallTurn } | undefined> {
    for (;;) {
      const open = this.#open.get(request.key);
      if (open === undefined) return await this.#lead(request);
      await request.beforeWaiting();
      const outcome = await orAborted(request.signal, open.over);
      if (outcome === "not_kept") return undefined;
      const found = await this.#cache.lookUp(request.key, request.subjects);
      if (found === undefined) return undefined;
      if (found.reply !== undefined && request.takes(found.reply)) return { reply: found.reply };
    }
  }

  /** For all of this process: gets the turn, or the reply of another router. */
  async #lead(request: SharedCall): Promise<{ reply: KeptReply } | { turn: CallTurn } | undefined> {
    const { key, signal } = request;
    const holder = randomUUID();
    const open = this.#begin(key);
    try {
      for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 1.5, longestPauseMs)) {
        const taken = await this.#cache.takeTurn(key, holder, this.#turnMs);
        // Where it took too long it may have been taken all the same.
        if (taken === undefined) void this.#cache.endTurn(key, holder);
        if (taken === undefined || taken.turn === "all") {
          open.close("not_kept");
          return undefined;
        }
        const { turn, reply } = taken;
        if (reply !== undefined && request.takes(reply)) {
          if (turn === "mine") await this.#cache.endTurn(key, holder);
          open.close("kept");
          return { reply };
        }
        if (turn === "mine") return { turn: this.#hold(key, holder, open) };
        await request.beforeWaiting();
        await orAborted(signal, sleep(pauseMs));
      }
    } catch (error) {
      open.close("failed");
      throw error;
    }
  }

  #begin(key: string): OpenCall {
    const { promise, resolve } = Promise.withResolvers<CallOutcome>();
    const close = (outcome: CallOutcome): void => {
      if (this.#open.get(key) === open) this.#open.delete(key);
      resolve(outcome);
    };
    const open: OpenCall = { over: promise, close };
    this.#open.set(key, open);
    return open;
  }

  #hold(key: string, holder: string, open: OpenCall): CallTurn {
    const extend = (): void => void this.#cache.extendTurn(key, holder, this.#turnMs);
    const extending = setInterval(extend, this.#turnMs / 3).unref();
    return {
      end: async (outcome) => {
        clearInterval(extending);
        try {
          if (outcome === "not_kept") await this.#cache.passTurn(key, holder, passMs);
          else await this.#cache.endTurn(key, holder);
        } finally {
          open.close(outcome);
        }
      },
    };
  }
}
