import type { ReservedRoom } from "@sluice/contracts/reserved-room";
import type { Usage } from "@sluice/contracts/usage";
import type { RaiseOutcome, UsedAmounts } from "@sluice/quota/quota";
import type { Settlements } from "../adapters/settlements.ts";
import type { UsedBefore } from "./stream-room.ts";

/** How long a reservation outlives the request's own time, for the tokens to be counted. */
const graceMs = 30_000;

/**
 * What auth has reserved for a request, until it is known what was used: by all of its calls together, when the last of
 * them is settled.
 */
export class Reservation {
  /** What a stream may use before more is reserved; undefined where nothing that grows with it is limited. */
  readonly room: ReservedRoom | undefined;
  readonly #settlements: Pick<Settlements, "extend" | "settle" | "raise">;
  readonly #text: string;
  #open = 0;
  #calls = 0;
  #tokens = { input: 0, output: 0 };
  #costNanoUsd = 0n;
  #isOver = false;
  #isLeft = false;

  constructor(
    settlements: Pick<Settlements, "extend" | "settle" | "raise">,
    text: string,
    room?: ReservedRoom | undefined,
  ) {
    this.#settlements = settlements;
    this.#text = text;
    this.room = room;
  }

  /** A call begins: the reservation is to live as long as the request may. */
  callBegins(remainingMs: number): void {
    this.#open++;
    this.#calls++;
    if (this.#calls === 1) this.#settlements.extend(this.#text, remainingMs + graceMs);
  }

  /** No call begins before another request's is over: the reservation is to live as long as the request may. */
  waits(remainingMs: number): void {
    if (this.#calls === 0) this.#settlements.extend(this.#text, remainingMs + graceMs);
  }

  /** What was used by the calls that have ended. */
  get used(): UsedBefore {
    return { ...this.#tokens, costNanoUsd: this.#costNanoUsd };
  }

  /**
   * Reserves more.
   * @param amounts of all calls together
   * @throws SluiceError `service_unavailable` while Redis does not answer
   */
  raise(amounts: UsedAmounts): Promise<RaiseOutcome> {
    return this.#settlements.raise(this.#text, amounts);
  }

  /** A call has ended. @param costNanoUsd undefined where nobody knows its price */
  callEnded(usage: Usage, costNanoUsd: bigint | undefined): void {
    this.#open--;
    this.#tokens.input += usage.inputTokens;
    this.#tokens.output += usage.outputTokens;
    this.#costNanoUsd += costNanoUsd ?? 0n;
    this.#settleWhenOver();
  }

  /** Another delivery of the request has it: whatever is said here counts no more. */
  leaveToOthers(): void {
    this.#isLeft = true;
  }

  /** No further call will begin. */
  over(): void {
    this.#isOver = true;
    this.#settleWhenOver();
  }

  #settleWhenOver(): void {
    if (!this.#isOver || this.#isLeft || this.#open > 0) return;
    const { input, output } = this.#tokens;
    if (this.#calls === 0) {
      this.#settlements.settle(this.#text, undefined);
      return;
    }
    const used = {
      requests: 1,
      input_tokens: input,
      output_tokens: output,
      total_tokens: input + output,
      cost_nano_usd: Number(this.#costNanoUsd),
    };
    this.#settlements.settle(this.#text, used);
  }
}
