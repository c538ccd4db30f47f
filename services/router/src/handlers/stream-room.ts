import { setTimeout as pause } from "node:timers/promises";
import type { Operation } from "@sluice/contracts/dialect-name";
import type { Price } from "@sluice/contracts/price";
import type { ReservedRoom } from "@sluice/contracts/reserved-room";
import { SluiceError } from "@sluice/contracts/sluice-error";
import type { RaiseOutcome, UsedAmounts } from "@sluice/quota/quota";
import { type CallCost, callCost } from "../domain/call-cost.ts";
import { OutputEstimate } from "../domain/output-estimate.ts";
import type { ReplyAccount } from "../domain/reply-translation.ts";

/** Output tokens for which more room is asked for at a time; where that many are not left, for the few. */
export const stepTokens = 512;
const fewTokens = 64;
/** Of a limit that refuses while Redis is away: how often it is asked, and the pause between. */
const outageTries = 4;
const outagePauseMs = 500;
/** How long a stream waits for its tokens to be counted, by who may have to load what it takes; then the estimate stands. */
const countLimitMs = 5000;

/** What was used by the calls of the request that are over. */
export interface UsedBefore {
  input: number;
  output: number;
  costNanoUsd: bigint;
}

export interface StreamRoomOptions {
  /** What is reserved. */
  room: ReservedRoom;
  before: UsedBefore;
  operation: Operation;
  /** By which the call is billed; undefined where nobody knows, and its cost counts for nothing. */
  price: Price | undefined;
  /** Until the provider says how many there are. */
  inputTokens: number;
  /** @throws SluiceError `service_unavailable` while nobody can be asked */
  raise(amounts: UsedAmounts): Promise<RaiseOutcome>;
  /** Counts the tokens of a text; undefined where that can't be done. */
  count(text: string): Promise<number | undefined>;
  /** Told that texts may soon have to be counted. */
  prepareToCount(): void;
  /** Told of the limit that has cut it off. */
  onCut(limit: string): void;
  /** Told of shadow limits that would have. */
  onWouldCut(limits: readonly string[]): void;
}

type HeldRoom = Omit<ReservedRoom, "failure">;
type Refusal = RaiseOutcome & { result: "refused" };
type Told = Pick<ReplyAccount, "outputText" | "outputChars" | "usage">;

/**
 * Keeps a stream within its limits. It may use what was reserved for its request and costs nothing until it has; then
 * more is asked for, a step at a time, while it goes on. It waits only where it is a whole step ahead of the answer, and
 * is cut off where there is no more. By then its tokens are counted, and not only estimated.
 */
export class StreamRoom {
  readonly #options: StreamRoomOptions;
  readonly #output = new OutputEstimate();
  #inputTokens: number;
  #cost: CallCost | undefined;
  /** What is held in Redis. */
  #held: HeldRoom;
  /** Output tokens for which there is room. */
  #granted: number;
  /** Not before the reply has so many characters can its tokens be more than that. */
  #lookAtChars = 0;
  /** What there was to see of the reply when it was looked at last. */
  #told: Told = { outputText: "", outputChars: 0, usage: undefined };
  /** What was counted as a fraction of what was estimated, and of how many characters. */
  #counted = { share: 1, chars: 0 };
  #asking: Promise<void> | undefined;
  #end: SluiceError | undefined;

  constructor(options: StreamRoomOptions) {
    this.#options = options;
    this.#inputTokens = options.inputTokens;
    this.#cost = callCost(options.price, options.operation, this.#inputTokens);
    this.#held = options.room;
    this.#granted = this.#outputWithinHeld();
  }

  /**
   * To be called with each piece of the reply before it is passed on.
   * @returns what to wait for where it is too far ahead
   * @throws SluiceError `rate_limited` or `budget_exceeded` where a limit has no more room, `service_unavailable` where
   *   that can't be told; the promise rejects with the same
   */
  passed(account: Told): Promise<void> | undefined {
    if (this.#end !== undefined) throw this.#end;
    if (account.outputChars < this.#lookAtChars) return undefined;
    if (account.usage !== undefined) this.#correctInput(account.usage.inputTokens);
    this.#told = account;
    const tokens = this.#tokens();
    if (tokens <= this.#granted) {
      // A character is a token at most.
      this.#lookAtChars = account.outputChars + Math.max(1, Math.floor(this.#granted - tokens));
      return undefined;
    }
    this.#asking ??= this.#ask(tokens).finally(() => {
      this.#asking = undefined;
    });
    return tokens <= this.#granted + stepTokens ? undefined : this.#answered(this.#asking);
  }

  #tokens(): number {
    return Math.max(
      Math.ceil(this.#output.of(this.#told) * this.#counted.share),
      this.#told.usage?.outputTokens ?? 0,
    );
  }

  async #answered(asking: Promise<void>): Promise<void> {
    await asking;
    if (this.#end !== undefined) throw this.#end;
  }

  #correctInput(inputTokens: number): void {
    if (inputTokens === this.#inputTokens) return;
    const { price, operation } = this.#options;
    this.#inputTokens = inputTokens;
    this.#cost = callCost(price, operation, inputTokens);
    this.#granted = this.#outputWithinHeld();
  }

  #outputWithinHeld(): number {
    const { outputTokens, totalTokens, costNanoUsd } = this.#held;
    const { input, output, costNanoUsd: spent } = this.#options.before;
    const bounds = [Number.POSITIVE_INFINITY];
    if (outputTokens !== undefined) bounds.push(outputTokens - output);
    if (totalTokens !== undefined) bounds.push(totalTokens - output - input - this.#inputTokens);
    if (costNanoUsd !== undefined && this.#cost !== undefined) {
      const left = costNanoUsd - Number(spent) - this.#cost.fixed;
      const { perOutputToken } = this.#cost;
      bounds.push(perOutputToken > 0 ? left / perOutputToken : left < 0 ? left : Number.POSITIVE_INFINITY);
    }
    return Math.min(...bounds);
  }

  /** What the request uses with so many output tokens of this call, of each kind that is limited, and no less than is held. */
  #roomFor(tokens: number): HeldRoom {
    const { before } = this.#options;
    const { outputTokens, totalTokens, costNanoUsd } = this.#held;
    const output = before.output + tokens;
    const total = before.input + this.#inputTokens + output;
    const cost = this.#cost;
    const spent =
      Number(before.costNanoUsd) + (cost === undefined ? 0 : cost.fixed + cost.perOutputToken * tokens);
    return {
      outputTokens: outputTokens === undefined ? undefined : Math.max(outputTokens, output),
      totalTokens: totalTokens === undefined ? undefined : Math.max(totalTokens, total),
      costNanoUsd: costNanoUsd === undefined ? undefined : Math.max(costNanoUsd, Math.ceil(spent)),
    };
  }

  #holds(room: HeldRoom): void {
    this.#held = room;
    this.#granted = this.#outputWithinHeld();
  }

  /** Never rejects. */
  async #ask(tokens: number): Promise<void> {
    const { onCut, prepareToCount } = this.#options;
    prepareToCount();
    const refused = await this.#refusedMore(tokens);
    if (refused === undefined) return;
    const counted = await this.#countedTokens();
    if (counted !== undefined && counted < tokens) {
      if (counted <= this.#granted || (await this.#refusedMore(counted)) === undefined) return;
    }
    onCut(refused.refusedBy);
    this.#end = cutBy(refused);
  }

  /** Asks for room for more than so many tokens. @returns what it was refused with; undefined where it was not */
  async #refusedMore(tokens: number): Promise<Refusal | undefined> {
    const { onWouldCut } = this.#options;
    let refused: Refusal | undefined;
    for (const more of [stepTokens, fewTokens]) {
      const wanted = this.#roomFor(tokens + more);
      const outcome = await this.#raised(wanted);
      if (outcome === undefined) return undefined;
      if (outcome.result !== "refused") {
        if (outcome.wouldRefuse.length > 0) onWouldCut(outcome.wouldRefuse);
        // Of a reservation that is gone nobody knows any more; what was used is settled all the same.
        this.#holds(outcome.result === "raised" ? wanted : {});
        return undefined;
      }
      refused = outcome;
    }
    return refused;
  }

  /** Counts what has come so far. @returns undefined where that can't be done, or was just done */
  async #countedTokens(): Promise<number | undefined> {
    const { outputText, outputChars } = this.#told;
    if (outputText === "" || outputChars < this.#counted.chars + fewTokens) return undefined;
    const estimated = this.#output.of({ outputText, outputChars });
    const limit = pause(countLimitMs, undefined, { ref: false });
    const tokens = await Promise.race([this.#options.count(outputText), limit]);
    if (tokens === undefined) return undefined;
    const share = ((tokens / outputText.length) * outputChars) / estimated;
    this.#counted = { share, chars: outputChars };
    return this.#tokens();
  }

  /** @returns undefined where that can't be told */
  async #raised(wanted: HeldRoom): Promise<RaiseOutcome | undefined> {
    const { raise, room } = this.#options;
    const { outputTokens: output_tokens, totalTokens: total_tokens, costNanoUsd: cost_nano_usd } = wanted;
    const amounts = { output_tokens, total_tokens, cost_nano_usd };
    for (let tries = 1; ; tries++) {
      try {
        return await raise(amounts);
      } catch (thrown) {
        const error = SluiceError.from(thrown);
        if (room.failure === "open") {
          this.#holds(wanted);
          return undefined;
        }
        if (error.code !== "service_unavailable" || tries === outageTries) {
          const text = "The reply was cut off: its limits can't be checked at the moment.";
          this.#end = new SluiceError("service_unavailable", text, { cause: error });
          return undefined;
        }
      }
      await pause(outagePauseMs);
    }
  }
}

function cutBy({ refusedBy, unit, retryAfterMs }: Refusal): SluiceError {
  const code = unit === "cost_nano_usd" ? "budget_exceeded" : "rate_limited";
  const text = `The reply was cut off: the limit ${refusedBy} is reached.`;
  return new SluiceError(code, text, { retryAfterMs });
}
