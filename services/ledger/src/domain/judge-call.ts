import { noUsage, type Usage } from "@sluice/contracts/usage";
import type { ReconciledEvent } from "@sluice/contracts/usage-event";
import { priceOfUsage } from "@sluice/pricing/reprice";
import { priceInForce } from "./book-entry.ts";
import type { Entry } from "./entry.ts";
import type { BilledUsage } from "./statement.ts";

const usageFields = Object.keys(noUsage) as (keyof Usage)[];

/**
 * - `equal`: the entry says what the statement says, and has it from the provider.
 * - `corrected`: the statement is to go before what the entry says.
 * - `differing`: the entry has figures of the provider that are others; which are right is not for the ledger to say.
 * - `open`: the call is not over; it may settle yet.
 */
export type Verdict = "equal" | "corrected" | "differing" | "open";

/** Judges an entry by what the provider's statement says of its call. */
export function judgeCall(entry: Entry, billed: BilledUsage, overwrite: boolean): Verdict {
  if (entry.status === "open") return "open";
  if (entry.usageSource === "estimated") return "corrected";
  if (entry.usage !== undefined && saysTheSame(billed, entry.usage)) return "equal";
  // It was missing on a statement and has turned up on another: being there outweighs not being there.
  if (entry.usageSource === "statement" && isNothing(entry.usage)) return "corrected";
  return overwrite ? "corrected" : "differing";
}

/**
 * - `settled`: nothing to do; the call has its figures from the provider, or used nothing as far as is known.
 * - `not_billed`: the provider does not ask anything for it.
 * - `near_edge`: by the clock of the router it is in the time of the statement, by that of the provider perhaps not.
 * - `open`: the call is not over; it may settle yet.
 */
export type AbsenceVerdict = "settled" | "not_billed" | "near_edge" | "open";

/**
 * Judges an entry that a statement does not have, though it is complete for the time of the call.
 * @param clockDifferenceMs how far the clocks of two machines may be apart
 */
export function judgeAbsent(
  entry: Entry,
  period: { fromMs: number; toMs: number },
  clockDifferenceMs: number,
): AbsenceVerdict {
  const { dispatched, settled } = entry;
  if (dispatched === undefined) return "settled";
  if (entry.status === "open") return "open";
  if (entry.usageSource !== "estimated" || (entry.status === "settled" && isNothing(entry.usage))) {
    return "settled";
  }
  const endMs = settled?.atMs ?? dispatched.deadlineMs;
  const isInside =
    dispatched.atMs - period.fromMs >= clockDifferenceMs && period.toMs - endMs >= clockDifferenceMs;
  return isInside ? "not_billed" : "near_edge";
}

/** What is to be made of a call by a statement. */
export interface Correction {
  entry: Entry;
  usage: Usage;
  statement: string;
  providerRequestId?: string | undefined;
}

/**
 * The event that corrects an entry.
 * @param nowMs clock of this machine; an event that is to outrank an earlier one is later than that, whatever it says
 */
export function correctionEvent(correction: Correction, nowMs: number): ReconciledEvent {
  const { entry, usage, statement, providerRequestId } = correction;
  const { reconciled, ...withoutStatement } = entry;
  const priceBefore = priceInForce(withoutStatement);
  const price =
    priceBefore === undefined || entry.dispatched === undefined
      ? undefined
      : priceOfUsage(priceBefore, { atMs: entry.dispatched.atMs, usage });
  const isSamePrice = price === undefined || JSON.stringify(price) === JSON.stringify(priceBefore);
  return {
    type: "reconciled",
    ...entry.key,
    atMs: Math.max(nowMs, (reconciled?.atMs ?? 0) + 1),
    usage,
    ...(isSamePrice ? {} : { price }),
    statement,
    ...(providerRequestId === undefined ? {} : { providerRequestId }),
  };
}

/**
 * The usage that a statement means. Parts that it doesn't tell are those that the entry knows, as far as they fit
 * into the totals of the statement.
 */
export function usageBilled(billed: BilledUsage, known: Usage | undefined): Usage {
  const { inputTokens, outputTokens } = billed;
  const keep = (field: keyof Usage, total: number): number =>
    billed[field] ?? Math.min(known?.[field] ?? 0, total);
  const cacheWriteInputTokens = keep("cacheWriteInputTokens", inputTokens);
  return {
    inputTokens,
    outputTokens,
    cachedInputTokens: keep("cachedInputTokens", inputTokens),
    cacheWriteInputTokens,
    cacheWriteOneHourInputTokens: keep("cacheWriteOneHourInputTokens", cacheWriteInputTokens),
    reasoningTokens: keep("reasoningTokens", outputTokens),
    inputAudioTokens: keep("inputAudioTokens", inputTokens),
    outputAudioTokens: keep("outputAudioTokens", outputTokens),
  };
}

/** Rows of one call add up: a statement that has it twice bills it twice. */
export function addBilled(one: BilledUsage, other: BilledUsage): BilledUsage {
  const sum: BilledUsage = {
    inputTokens: one.inputTokens + other.inputTokens,
    outputTokens: one.outputTokens + other.outputTokens,
  };
  for (const field of usageFields) {
    const [a, b] = [one[field], other[field]];
    if (a !== undefined || b !== undefined) sum[field] = (a ?? 0) + (b ?? 0);
  }
  return sum;
}

/** The part of a row that says what was used. */
export function billedOf(row: BilledUsage): BilledUsage {
  return addBilled(row, { inputTokens: 0, outputTokens: 0 });
}

function saysTheSame(billed: BilledUsage, usage: Usage): boolean {
  return usageFields.every((field) => billed[field] === undefined || billed[field] === usage[field]);
}

function isNothing(usage: Usage | undefined): boolean {
  return usage === undefined || (usage.inputTokens === 0 && usage.outputTokens === 0);
}
