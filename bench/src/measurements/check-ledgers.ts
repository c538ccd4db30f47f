import { setTimeout as delay } from "node:timers/promises";
import { BenchError } from "../bench-error.ts";
import type { BookedCalls } from "../targets/booked-calls.ts";
import type { BenchContext } from "./bench-context.ts";

/** Events that were sent to a ledger twice are looked at again after this time. */
const patienceMs = 60_000;
const askEveryMs = 500;

/**
 * Compares what ledgers have booked with what their gateways have answered: the figures are only worth something if the
 * work was done.
 * @throws BenchError when a call is missing, is there twice, has no price or is not settled
 */
export async function checkLedgers({ targets, answered, tell }: BenchContext): Promise<void> {
  for (const { name, booked } of targets) {
    if (booked === undefined) continue;
    const expected = answered.get(name) ?? 0;
    const { calls, unpricedRequests, openRequests } = await whenComplete(booked, expected);
    if (calls !== expected || unpricedRequests > 0 || openRequests > 0) {
      throw new BenchError(
        `${name} answered ${expected} requests, and its ledger has ${calls} calls, ${openRequests} of them open and ` +
          `${unpricedRequests} without a price.`,
      );
    }
    tell(`${name}: ${calls} requests answered, ${calls} calls booked and priced`);
  }
}

async function whenComplete(booked: () => Promise<BookedCalls>, expected: number): Promise<BookedCalls> {
  const deadlineMs = performance.now() + patienceMs;
  for (;;) {
    const found = await booked();
    const isComplete = found.calls === expected && found.openRequests === 0;
    if (isComplete || performance.now() > deadlineMs) return found;
    await delay(askEveryMs);
  }
}
