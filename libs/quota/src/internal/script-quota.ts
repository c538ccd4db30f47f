import { SluiceError } from "@sluice/contracts/sluice-error";
import type {
  CallOptions,
  ExtendOutcome,
  Quota,
  RaiseOutcome,
  ReserveOutcome,
  ReserveRequest,
  SettleOutcome,
  UsedAmounts,
} from "../quota.ts";
import { checkInteger } from "./check-integer.ts";
import { type CompiledLimit, compileLimit } from "./compiled-limit.ts";
import { CurrentWindows } from "./current-windows.ts";
import { raisedTo, refusedRaise } from "./raise-outcome.ts";
import { limitIdOf, makeToken, type ReservationToken, readToken, unitOf } from "./reservation-token.ts";
import { reserveOutcome, type Verdict } from "./reserve-outcome.ts";
import type { ScriptRunner } from "./script-runner.ts";
import type { Scripts } from "./scripts.ts";
import { nothingUsed, usedOf } from "./used-amounts.ts";

export type ScriptQuotaOptions = {
  runner: ScriptRunner;
  scripts: Scripts;
  keyPrefix: string;
  timeoutMs: number;
  settledRecordMs: number;
  expiredRecordMs: number;
};

/** How often a call is sent anew because the calendar moved on meanwhile. */
const maxWindowChanges = 3;
const results = ["fits", "no_room", "larger_than_limit"] as const;
const settleResults = ["settled", "settled_late", "already_settled", "unknown"] as const;
const raiseResults = ["raised", "expired", "already_settled", "unknown"] as const;
const extendResults = ["extended", "expired", "already_settled", "unknown"] as const;
/** Numbers that the reply of `reserve` has for each limit, after two of its own. */
const numbersPerLimit = 4;

/** The quota in Redis: each method is one call of one script, whatever the number of limits. */
export class ScriptQuota implements Quota {
  readonly #options: ScriptQuotaOptions;
  readonly #windows = new CurrentWindows();
  /** What the server's clock is ahead of ours: windows are worked out here, but by its time. */
  #clockAheadMs = 0;

  constructor(options: ScriptQuotaOptions) {
    this.#options = options;
  }

  async reserve(request: ReserveRequest, options: CallOptions = {}): Promise<ReserveOutcome> {
    checkInteger(request.ttlMs, 1, "The time to live of a reservation");
    const limits = request.limits.map(compileLimit);
    const token = makeToken(request, limits);
    if (limits.length === 0)
      return reserveOutcome({ granted: true, atMs: this.#nowMs(), token, verdicts: [] }, token, limits);
    for (let attempt = 0; attempt < maxWindowChanges; attempt++) {
      const [status, atMs, ...rest] = await this.#run(
        "reserve",
        token,
        [
          request.ttlMs,
          this.#options.expiredRecordMs,
          token.name,
          token.counters.join(" "),
          ...limits.flatMap((limit) => this.#numbersOf(limit)),
        ],
        options,
      );
      if (status === 2) continue;
      const first = status === 3 ? { ...token, counters: String(rest.shift()).split(" ") } : token;
      const decision = {
        granted: status !== 0,
        atMs,
        token: first,
        verdicts: readVerdicts(rest.map(Number)),
      };
      return reserveOutcome(decision, token, limits);
    }
    throw new SluiceError(
      "service_unavailable",
      "The limits of this request can't be checked at the moment.",
      {
        cause: new Error("the clock of Redis jumps from one calendar window to the next"),
      },
    );
  }

  async settle(reservation: string, used: UsedAmounts, options: CallOptions = {}): Promise<SettleOutcome> {
    const token = readToken(reservation);
    const amounts = token.counters.map((counter) => {
      const unit = unitOf(counter);
      return (unit === undefined ? undefined : usedOf(used, unit)) ?? "";
    });
    if (amounts.length === 0) return { result: "settled", atMs: this.#nowMs() };
    const values = [this.#options.settledRecordMs, token.name, ...amounts];
    const [status, atMs] = await this.#run("settle", token, values, options);
    return { result: settleResults[status] ?? "unknown", atMs };
  }

  cancel(reservation: string, options: CallOptions = {}): Promise<SettleOutcome> {
    return this.settle(reservation, nothingUsed, options);
  }

  async extend(reservation: string, ttlMs: number, options: CallOptions = {}): Promise<ExtendOutcome> {
    checkInteger(ttlMs, 1, "The time to live of a reservation");
    const token = readToken(reservation);
    if (token.counters.length === 0) return { result: "extended", atMs: this.#nowMs() };
    const values = [ttlMs, this.#options.expiredRecordMs, token.name];
    const [status, atMs] = await this.#run("extend", token, values, options);
    return { result: extendResults[status] ?? "unknown", atMs };
  }

  async raise(reservation: string, amounts: UsedAmounts, options: CallOptions = {}): Promise<RaiseOutcome> {
    const token = readToken(reservation);
    const wanted = token.counters.map((counter) => raisedTo(amounts, unitOf(counter)) ?? "");
    if (wanted.every((amount) => amount === ""))
      return { result: "raised", atMs: this.#nowMs(), wouldRefuse: [] };
    const values = [this.#options.expiredRecordMs, token.name, ...wanted];
    const [status, atMs, ...rest] = await this.#run("raise", token, values, options);
    const numbers = rest.map(Number);
    if (status === 4)
      return refusedRaise(token.counters[(numbers[0] ?? 0) - 1] ?? "", atMs, numbers[1] ?? -1);
    const wouldRefuse = numbers.map((number) => limitIdOf(token.counters[number - 1] ?? ""));
    return { result: raiseResults[status] ?? "unknown", atMs, wouldRefuse };
  }

  async #run(
    script: keyof Scripts,
    token: ReservationToken,
    values: (string | number)[],
    { timeoutMs = this.#options.timeoutMs }: CallOptions,
  ): Promise<[status: number, atMs: number, ...(number | string)[]]> {
    const { runner, scripts } = this.#options;
    const reply = await runner.run(scripts[script], this.#keysOf(token), values, timeoutMs);
    const [status, atMs, ...rest] = reply;
    this.#clockAheadMs = Number(atMs) - Date.now();
    return [Number(status), Number(atMs), ...rest];
  }

  /** The hash tag is the partition, so all keys of a call are in one slot. */
  #keysOf({ partition, name, counters }: ReservationToken): string[] {
    const prefix = `${this.#options.keyPrefix}:{${partition}}`;
    const keys = [`${prefix}:reservation:${name}`];
    for (const counter of counters) keys.push(`${prefix}:counter:${counter}`, `${prefix}:holds:${counter}`);
    return keys;
  }

  #numbersOf({ limit, policy }: CompiledLimit): number[] {
    let { first, second } = policy;
    if (policy.calendar !== undefined) {
      const { period, timeZone } = policy.calendar;
      const window = this.#windows.at(period, timeZone, this.#nowMs());
      first = window.fromMs;
      second = window.toMs;
    }
    const { kind, enforced, held } = policy;
    return [kind, enforced ? 1 : 0, held ? 1 : 0, limit.amount, policy.limit, first, second];
  }

  #nowMs(): number {
    return Date.now() + this.#clockAheadMs;
  }
}

function readVerdicts(numbers: number[]): Verdict[] {
  const verdicts: Verdict[] = [];
  for (let start = 0; start < numbers.length; start += numbersPerLimit) {
    const [result = 0, remaining = 0, resetMs = -1, retryMs = -1] = numbers.slice(start);
    verdicts.push({ result: results[result] ?? "fits", remaining, resetMs, retryMs });
  }
  return verdicts;
}
