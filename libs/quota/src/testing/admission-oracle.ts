import { expect } from "vitest";
import type {
  ExtendOutcome,
  Limit,
  RaiseOutcome,
  ReserveOutcome,
  SettleOutcome,
  UsedAmounts,
} from "../quota.ts";

type Entry = { atMs: number; expiresAtMs: number; reserved: number; used: number | undefined; limit: Limit };

export type ObservedAction =
  | { name: "reserve"; number: number; chosen: Limit[]; amount: number; ttlMs: number }
  | { name: "settle"; number: number; used: UsedAmounts }
  | { name: "cancel"; number: number }
  | { name: "raise"; number: number; used: UsedAmounts }
  | { name: "extend"; number: number; ttlMs: number };

/**
 * For tests: knows only what was promised. It keeps every reservation, and with each one that is granted adds up from
 * the beginning what its limits have let on.
 */
export class AdmissionOracle {
  readonly #entries = new Map<number, Entry[]>();

  /** Answers must come in the order in which they were given. */
  observe(
    action: ObservedAction,
    answer: ReserveOutcome | SettleOutcome | ExtendOutcome | RaiseOutcome,
    amountOf: (limit: Limit, size: number) => number,
  ): void {
    const entries = this.#entries.get(action.number) ?? [];
    if (action.name === "reserve") {
      if (this.#entries.has(action.number) || !("granted" in answer) || !answer.granted) return;
      const refusing = answer.warnings.filter(({ reason }) => reason === "would_refuse").map(({ id }) => id);
      const taken = action.chosen.filter(({ id }) => !refusing.includes(id));
      const { atMs } = answer;
      this.#entries.set(
        action.number,
        taken.map((limit) => ({
          atMs,
          expiresAtMs: atMs + action.ttlMs,
          reserved: amountOf(limit, action.amount),
          used: undefined,
          limit,
        })),
      );
      for (const limit of taken) this.#checkLimit(limit, atMs);
      return;
    }
    if (!("result" in answer)) return;
    if (action.name === "raise") {
      if (!("wouldRefuse" in answer) || answer.result !== "raised") return;
      for (const entry of entries) {
        const { unit, id } = entry.limit;
        const amount = unit === "concurrent_calls" ? undefined : action.used[unit];
        if (amount === undefined || amount <= entry.reserved || answer.wouldRefuse.includes(id)) continue;
        entry.reserved = amount;
        this.#checkLimit(entry.limit, answer.atMs);
      }
      return;
    }
    if (action.name === "extend") {
      if (answer.result !== "extended") return;
      for (const entry of entries)
        entry.expiresAtMs = Math.max(entry.expiresAtMs, answer.atMs + action.ttlMs);
      return;
    }
    if (answer.result !== "settled" && answer.result !== "settled_late") return;
    for (const entry of entries) entry.used = usedBy(action, entry);
  }

  #checkLimit({ id, policy: { window } }: Limit, nowMs: number): void {
    const entries = [...this.#entries.values()].flat().filter((entry) => entry.limit.id === id);
    const letOn = (fromMs: number): number =>
      entries.filter(({ atMs }) => atMs >= fromMs).reduce((sum, entry) => sum + countedAt(entry, nowMs), 0);
    switch (window.kind) {
      case "concurrent":
        expect(letOn(0), id).toBeLessThanOrEqual(window.limit);
        return;
      case "calendar": {
        // Asia/Kolkata is half an hour off, and has no summer time.
        const [lengthMs, shiftMs] = window.period === "second" ? [1000, 0] : [3_600_000, 1_800_000];
        const fromMs = Math.floor((nowMs + shiftMs) / lengthMs) * lengthMs - shiftMs;
        expect(letOn(fromMs), id).toBeLessThanOrEqual(window.limit);
        return;
      }
      case "rolling":
        expect(letOn(nowMs - window.intervalMs + 1), id).toBeLessThanOrEqual(window.limit);
        return;
      case "token_bucket": {
        const sinceMs = nowMs - Math.min(...entries.map(({ atMs }) => atMs));
        const refilled = ((window.refill ?? window.capacity) * sinceMs) / window.intervalMs;
        expect(letOn(0), id).toBeLessThanOrEqual(window.capacity + refilled);
        return;
      }
    }
  }
}

/** What an entry counts: what was used, or while nobody knows that, what is reserved, until it expires. */
function countedAt({ used, reserved, expiresAtMs, limit }: Entry, nowMs: number): number {
  if (used !== undefined) return used;
  return nowMs >= expiresAtMs && limit.policy.unsettled !== "count" ? 0 : reserved;
}

function usedBy(action: { name: "settle"; used: UsedAmounts } | { name: "cancel" }, entry: Entry): number {
  if (entry.limit.unit === "concurrent_calls" || action.name === "cancel") return 0;
  return action.used[entry.limit.unit] ?? entry.reserved;
}
