import { SluiceError } from "@sluice/contracts/sluice-error";
import type { Cluster, Redis } from "ioredis";
import type { Script } from "./scripts.ts";

export type ScriptReply = (number | string)[];

export type ScriptRunnerOptions = {
  redis: Redis | Cluster;
  /** Calls that may wait for an answer of the server; more are refused at once. */
  maxUnanswered: number;
};

/**
 * Runs scripts, each call within its time. A call that took too long may still have been carried out: its caller just
 * does not know.
 */
export class ScriptRunner {
  readonly #options: ScriptRunnerOptions;
  #unanswered = 0;

  constructor(options: ScriptRunnerOptions) {
    this.#options = options;
  }

  /**
   * @returns the reply, an array of integers and texts
   * @throws {SluiceError} `service_unavailable`, when there is no answer in time, no connection, or the server can't
   */
  async run(
    script: Script,
    keys: string[],
    values: (string | number)[],
    timeoutMs: number,
  ): Promise<ScriptReply> {
    if (this.#unanswered >= this.#options.maxUnanswered)
      throw unavailable("too many calls wait for an answer of Redis");
    this.#unanswered++;
    const reply = this.#evaluate(script, keys, values).finally(() => this.#unanswered--);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(unavailable(`no answer of Redis within ${timeoutMs} ms`)), timeoutMs);
    });
    try {
      return await Promise.race([reply, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  async #evaluate(script: Script, keys: string[], values: (string | number)[]): Promise<ScriptReply> {
    const { redis } = this.#options;
    try {
      return (await redis.evalsha(script.sha, keys.length, ...keys, ...values)) as ScriptReply;
    } catch (error) {
      // A server that is new, or was restarted: it learns the script with this call.
      if (!reasonOf(error).startsWith("NOSCRIPT")) throw unavailable(reasonOf(error));
    }
    try {
      return (await redis.eval(script.text, keys.length, ...keys, ...values)) as ScriptReply;
    } catch (error) {
      throw unavailable(reasonOf(error));
    }
  }
}

/** The client's own errors carry the command with its arguments; only their words go on. */
function unavailable(reason: string): SluiceError {
  return new SluiceError(
    "service_unavailable",
    "The limits of this request can't be checked at the moment.",
    {
      cause: new Error(reason),
      retryAfterMs: 1000,
    },
  );
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : "unknown error of the Redis client";
}
