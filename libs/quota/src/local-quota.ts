import { checkInteger } from "./internal/check-integer.ts";
import { type CompiledLimit, compileLimit } from "./internal/compiled-limit.ts";
import type { CompiledPolicy } from "./internal/compiled-policy.ts";
import { ExpiringMap } from "./internal/expiring-map.ts";
import { LocalCounter } from "./internal/local-counter.ts";
import { raisedTo, refusedRaise } from "./internal/raise-outcome.ts";
import {
  limitIdOf,
  makeToken,
  type ReservationToken,
  readToken,
  unitOf,
} from "./internal/reservation-token.ts";
import { reserveOutcome, type Verdict } from "./internal/reserve-outcome.ts";
import { nothingUsed, usedOf } from "./internal/used-amounts.ts";
import type {
  ExtendOutcome,
  Quota,
  RaiseOutcome,
  ReserveOutcome,
  ReserveRequest,
  SettleOutcome,
  UsedAmounts,
} from "./quota.ts";

export type LocalQuotaOptions = {
  /** Milliseconds since the epoch. @default Date.now */
  now?: () => number;
  /** How long a settled reservation is remembered, in ms. @default 60000 */
  settledRecordMs?: number;
  /** How long a reservation that has expired can still be settled, in ms. @default 3600000 */
  expiredRecordMs?: number;
};

type Taken = { counter: string; amount: number; held: boolean; policy: CompiledPolicy };
type LocalRecord = {
  token: ReservationToken;
  atMs: number;
  expiresAtMs: number;
  taken: Taken[];
  verdicts: Verdict[];
  settled: boolean;
};

/**
 * The same limits as in Redis, in the memory of one process: for policies that let requests on while Redis is away.
 * Each process counts for itself, and what ends here is not known there: a reservation is settled where it was made.
 */
export class LocalQuota implements Quota {
  readonly #now: () => number;
  readonly #settledRecordMs: number;
  readonly #expiredRecordMs: number;
  readonly #records = new ExpiringMap<LocalRecord>();
  readonly #counters = new ExpiringMap<LocalCounter>();

  constructor(options: LocalQuotaOptions = {}) {
    this.#now = options.now ?? Date.now;
    this.#settledRecordMs = options.settledRecordMs ?? 60_000;
    this.#expiredRecordMs = options.expiredRecordMs ?? 3_600_000;
  }

  /** Counters and reservations that are remembered. */
  get size(): number {
    return this.#records.size + this.#counters.size;
  }

  async reserve(request: ReserveRequest): Promise<ReserveOutcome> {
    checkInteger(request.ttlMs, 1, "The time to live of a reservation");
    const limits = request.limits.map(compileLimit);
    const token = makeToken(request, limits);
    const atMs = this.#now();
    const known = this.#records.get(nameOf(token), atMs);
    const decision =
      known === undefined
        ? { ...this.#decide(token, limits, request.ttlMs, atMs), token }
        : { granted: true, verdicts: known.verdicts, token: known.token };
    return reserveOutcome({ ...decision, atMs }, token, limits);
  }

  async settle(reservation: string, used: UsedAmounts): Promise<SettleOutcome> {
    const token = readToken(reservation);
    const atMs = this.#now();
    const amounts = token.counters.map((counter) => {
      const unit = unitOf(counter);
      return unit === undefined ? undefined : usedOf(used, unit);
    });
    if (amounts.length === 0) return { result: "settled", atMs };
    const record = this.#records.get(nameOf(token), atMs);
    if (record === undefined || record.taken.length !== token.counters.length)
      return { result: "unknown", atMs };
    if (record.settled) return { result: "already_settled", atMs };
    for (const [index, { counter: key, amount, held }] of record.taken.entries()) {
      const counter = this.#counters.get(key, atMs);
      if (counter === undefined || amount < 0) continue;
      const standing = held ? counter.release(token.name) : true;
      const change = (amounts[index] ?? amount) - (standing ? amount : 0);
      if (change === 0) continue;
      counter.correct(change, record.atMs, atMs);
      this.#counters.set(key, counter, counter.keep(atMs, 0), atMs);
    }
    record.settled = true;
    this.#records.set(nameOf(token), record, atMs + this.#settledRecordMs, atMs);
    return { result: atMs >= record.expiresAtMs ? "settled_late" : "settled", atMs };
  }

  cancel(reservation: string): Promise<SettleOutcome> {
    return this.settle(reservation, nothingUsed);
  }

  async extend(reservation: string, ttlMs: number): Promise<ExtendOutcome> {
    checkInteger(ttlMs, 1, "The time to live of a reservation");
    const token = readToken(reservation);
    const atMs = this.#now();
    if (token.counters.length === 0) return { result: "extended", atMs };
    const record = this.#records.get(nameOf(token), atMs);
    if (record === undefined || record.taken.length !== token.counters.length)
      return { result: "unknown", atMs };
    if (record.settled) return { result: "already_settled", atMs };
    if (atMs >= record.expiresAtMs) return { result: "expired", atMs };
    record.expiresAtMs = Math.max(record.expiresAtMs, atMs + ttlMs);
    const leftMs = record.expiresAtMs - atMs + this.#expiredRecordMs;
    for (const { counter: key, amount } of record.taken) {
      const counter = this.#counters.get(key, atMs);
      if (counter === undefined || amount < 0) continue;
      counter.extend(token.name, record.expiresAtMs);
      this.#counters.set(key, counter, counter.keep(atMs, leftMs), atMs);
    }
    this.#records.set(nameOf(token), record, atMs + leftMs, atMs);
    return { result: "extended", atMs };
  }

  async raise(reservation: string, amounts: UsedAmounts): Promise<RaiseOutcome> {
    const token = readToken(reservation);
    const wanted = token.counters.map((counter) => raisedTo(amounts, unitOf(counter)));
    const atMs = this.#now();
    const outcome = (result: Exclude<RaiseOutcome["result"], "refused">, wouldRefuse: string[] = []) => ({
      result,
      atMs,
      wouldRefuse,
    });
    if (wanted.every((amount) => amount === undefined)) return outcome("raised");
    const record = this.#records.get(nameOf(token), atMs);
    if (record === undefined || record.taken.length !== token.counters.length) return outcome("unknown");
    if (record.settled) return outcome("already_settled");
    if (atMs >= record.expiresAtMs) return outcome("expired");
    const wouldRefuse: string[] = [];
    const raised: { taken: Taken; counter: LocalCounter; more: number }[] = [];
    let refusal: { counter: string; retryMs: number } | undefined;
    for (const [index, taken] of record.taken.entries()) {
      const name = token.counters[index] ?? "";
      const more = (wanted[index] ?? 0) - taken.amount;
      const counter = taken.amount < 0 || more <= 0 ? undefined : this.#counters.get(taken.counter, atMs);
      if (counter === undefined) continue;
      counter.refreshTaken(atMs, taken.policy);
      if (counter.hasRoomForMore(more, record.atMs, atMs)) raised.push({ taken, counter, more });
      else if (!taken.policy.enforced) wouldRefuse.push(limitIdOf(name));
      else {
        const retryMs = counter.retryMs(more, atMs);
        if (refusal === undefined || retryMs > refusal.retryMs) refusal = { counter: name, retryMs };
      }
    }
    if (refusal !== undefined) return refusedRaise(refusal.counter, atMs, refusal.retryMs);
    const leftMs = record.expiresAtMs - atMs + this.#expiredRecordMs;
    for (const { taken, counter, more } of raised) {
      counter.raise(token.name, more, record.atMs, atMs);
      taken.amount += more;
      this.#counters.set(taken.counter, counter, counter.keep(atMs, leftMs), atMs);
    }
    if (raised.length > 0) this.#records.set(nameOf(token), record, atMs + leftMs, atMs);
    return outcome("raised", wouldRefuse);
  }

  #decide(
    token: ReservationToken,
    limits: CompiledLimit[],
    ttlMs: number,
    atMs: number,
  ): { granted: boolean; verdicts: Verdict[] } {
    const judged = limits.map((compiled, index) => {
      const key = `${token.partition} ${token.counters[index]}`;
      const counter = this.#counters.get(key, atMs) ?? new LocalCounter(compiled.policy, atMs);
      counter.refresh(atMs, compiled.policy);
      return { compiled, key, counter, result: counter.judge(compiled) };
    });
    const granted = judged.every(({ compiled, result }) => result === "fits" || !compiled.policy.enforced);
    const expiresAtMs = atMs + ttlMs;
    const taken: Taken[] = [];
    const verdicts: Verdict[] = [];
    for (const { compiled, key, counter, result } of judged) {
      const { limit, policy } = compiled;
      const takes = granted && result === "fits";
      if (takes) {
        counter.take(limit.amount, atMs);
        if (policy.held) counter.hold(token.name, { amount: limit.amount, atMs, expiresAtMs });
        this.#counters.set(key, counter, counter.keep(atMs, ttlMs + this.#expiredRecordMs), atMs);
      }
      taken.push({ counter: key, amount: takes ? limit.amount : -1, held: policy.held, policy });
      verdicts.push(counter.verdict(result, compiled, atMs));
    }
    if (granted && limits.length > 0) {
      const record = { token, atMs, expiresAtMs, taken, verdicts, settled: false };
      this.#records.set(nameOf(token), record, expiresAtMs + this.#expiredRecordMs, atMs);
    }
    return { granted, verdicts };
  }
}

function nameOf({ partition, name }: ReservationToken): string {
  return `${partition} ${name}`;
}
