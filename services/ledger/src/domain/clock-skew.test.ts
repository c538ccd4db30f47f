import { noUsage } from "@sluice/contracts/usage";
import type { UsageEvent } from "@sluice/contracts/usage-event";
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  sampleDispatched,
  sampleReconciled,
  sampleRequestId,
  sampleSettled,
  sampleTimeMs,
} from "../testing/sample-events.ts";
import { bookEntry } from "./book-entry.ts";
import { type Entry, overdueAtMs } from "./entry.ts";
import { expireEntry } from "./expire-entry.ts";
import { foldEvents, type PublishedEvent } from "./fold-events.ts";

const minute = 60_000;
const allowedMs = 30_000;

/** Three calls, as a router says them whose clock is off; the stream has its own clock. */
function callsBy(routerOffMs: number, ledgerOffMs: number): PublishedEvent[] {
  const at = (afterMs: number) => sampleTimeMs + routerOffMs + afterMs;
  const call = (number: number) => ({ requestId: sampleRequestId(number) });
  const dispatched = (number: number) =>
    sampleDispatched({ ...call(number), atMs: at(0), deadlineMs: at(allowedMs) });
  const events: [UsageEvent, number][] = [
    [dispatched(1), 0],
    [sampleSettled({ ...call(1), atMs: at(2000) }), 2000],
    [dispatched(2), 0],
    [dispatched(3), 0],
    [
      sampleSettled({ ...call(3), atMs: at(2000), usage: { ...noUsage, inputTokens: 1, outputTokens: 1 } }),
      2000,
    ],
    // Made by a ledger, by its own clock.
    [sampleReconciled({ ...call(3), atMs: sampleTimeMs + ledgerOffMs + 3000 }), 3000],
  ];
  return events.map(([event, afterMs]) => ({ event, publishedAtMs: sampleTimeMs + afterMs }));
}

function amountsOf(events: readonly PublishedEvent[], streamNowMs: number): unknown[] {
  const entries: Entry[] = foldEvents([], events).map((entry) =>
    overdueAtMs(entry) < streamNowMs ? expireEntry(entry) : bookEntry(entry),
  );
  return entries
    .map(({ key, status, usage, usageSource, pricing, costNanoUsd }) => ({
      requestId: key.requestId,
      status,
      usage,
      usageSource,
      pricing,
      costNanoUsd,
    }))
    .sort((a, b) => (a.requestId < b.requestId ? -1 : 1));
}

const skewMs = fc.integer({ min: -minute, max: minute });

test("clocks that are a minute off change neither an amount nor when a call is given up", () => {
  for (const streamNowMs of [sampleTimeMs + allowedMs, sampleTimeMs + allowedMs + 1]) {
    const expected = amountsOf(callsBy(0, 0), streamNowMs);
    fc.assert(
      fc.property(skewMs, skewMs, (routerOffMs, ledgerOffMs) => {
        expect(amountsOf(callsBy(routerOffMs, ledgerOffMs), streamNowMs)).toEqual(expected);
      }),
    );
  }
});

test("an order of events that clocks and streams turn around changes no amount", () => {
  const expected = amountsOf(callsBy(0, 0), sampleTimeMs + minute);
  fc.assert(
    fc.property(skewMs, skewMs, fc.array(fc.nat(5)), (routerOffMs, ledgerOffMs, picks) => {
      const events = callsBy(routerOffMs, ledgerOffMs);
      const again = picks.flatMap((pick) => events.slice(pick, pick + 1));
      expect(amountsOf([...again, ...events].reverse(), sampleTimeMs + minute)).toEqual(expected);
    }),
  );
});
