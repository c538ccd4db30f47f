import { noUsage } from "@sluice/contracts/usage";
import type { UsageEvent } from "@sluice/contracts/usage-event";
import { expect, test } from "vitest";
import {
  sampleDispatched,
  samplePrice,
  sampleReconciled,
  sampleSettled,
  sampleTimeMs,
} from "../testing/sample-events.ts";
import { bookEntry, factsOf } from "./book-entry.ts";
import type { Entry } from "./entry.ts";
import { foldEvents } from "./fold-events.ts";
import { addBilled, correctionEvent, judgeAbsent, judgeCall, usageBilled } from "./judge-call.ts";

function entryOf(...events: UsageEvent[]): Entry {
  const [entry] = foldEvents(
    [],
    events.map((event) => ({ event, publishedAtMs: sampleTimeMs })),
  );
  return entry ?? expect.unreachable();
}
const unsettled = bookEntry({ ...factsOf(entryOf(sampleDispatched())), givenUp: true });
const estimated = entryOf(sampleDispatched(), sampleSettled({ usageSource: "estimated" }));
const settled = entryOf(sampleDispatched(), sampleSettled());
const missing = entryOf(sampleDispatched(), sampleReconciled({ usage: noUsage }));
const stated = entryOf(sampleDispatched(), sampleReconciled());
const same = { inputTokens: 1000, outputTokens: 50 };
const other = { inputTokens: 1001, outputTokens: 50 };

test.each([
  ["open", entryOf(sampleDispatched()), same, "open"],
  ["unsettled", unsettled, same, "corrected"],
  ["estimated", estimated, other, "corrected"],
  ["estimated rightly", estimated, same, "corrected"],
  ["settled with the same figures", settled, same, "equal"],
  ["settled with other figures", settled, other, "differing"],
  ["settled with another part", settled, { ...same, cachedInputTokens: 399 }, "differing"],
  ["on this statement already", stated, { inputTokens: 900, outputTokens: 60 }, "equal"],
  ["on another statement", stated, other, "differing"],
  ["missing on another statement", missing, other, "corrected"],
] as const)("a call that is %s", (_name, entry, billed, verdict) => {
  expect(judgeCall(entry, billed, false)).toBe(verdict);
  expect(judgeCall(entry, billed, true)).toBe(verdict === "differing" ? "corrected" : verdict);
});

const minute = 60_000;
const period = { fromMs: sampleTimeMs - minute, toMs: sampleTimeMs + 2 * minute };

test.each([
  ["open", entryOf(sampleDispatched()), "open"],
  ["unsettled", unsettled, "not_billed"],
  ["estimated", estimated, "not_billed"],
  ["settled", settled, "settled"],
  [
    "estimated at nothing",
    entryOf(sampleDispatched(), sampleSettled({ usageSource: "estimated", usage: noUsage })),
    "settled",
  ],
  ["unknown but for its end", entryOf(sampleSettled({ usageSource: "estimated" })), "settled"],
] as const)("a call that a complete statement does not have and that is %s", (_name, entry, verdict) => {
  expect(judgeAbsent(entry, period, minute)).toBe(verdict);
});

test("a call near the ends of the statement's time may be on another one, by the provider's clock", () => {
  expect(judgeAbsent(unsettled, { ...period, fromMs: period.fromMs + 1 }, minute)).toBe("near_edge");
  // Its deadline is a minute after the call.
  expect(judgeAbsent(unsettled, { ...period, toMs: period.toMs - 1 }, minute)).toBe("near_edge");
  // Its end is two seconds after the call.
  const toMs = sampleTimeMs + 2000 + minute;
  expect(judgeAbsent(estimated, { ...period, toMs }, minute)).toBe("not_billed");
});

test("parts that a statement doesn't tell are kept as far as they fit into its totals", () => {
  const billed = { inputTokens: 300, outputTokens: 10, inputAudioTokens: 5 };
  expect(usageBilled(billed, settled.usage)).toEqual({
    ...noUsage,
    inputTokens: 300,
    outputTokens: 10,
    cachedInputTokens: 300,
    reasoningTokens: 10,
    inputAudioTokens: 5,
  });
});

test("rows of one call add up, part by part", () => {
  const sum = addBilled({ ...same, cachedInputTokens: 1 }, { ...other, reasoningTokens: 2 });
  expect(sum).toEqual({ inputTokens: 2001, outputTokens: 100, cachedInputTokens: 1, reasoningTokens: 2 });
});

test("a correction outranks the one before it, though this machine's clock is behind", () => {
  const { usage } = sampleReconciled();
  const { atMs } = sampleReconciled();
  const event = correctionEvent({ entry: stated, usage, statement: "again" }, atMs - minute);
  expect(event).toMatchObject({ type: "reconciled", ...stated.key, atMs: atMs + 1, statement: "again" });
  expect(correctionEvent({ entry: stated, usage, statement: "again" }, atMs + minute).atMs).toBe(
    atMs + minute,
  );
});

test("a correction names a price only where the usage reaches another tier", () => {
  const long = { ...noUsage, inputTokens: 300_000, outputTokens: 1 };
  const tiered = {
    source: "price_book",
    provider: "google",
    model: "gemini-2.5-pro",
    usdPerMillionTokens: { input: "1.25", cachedInput: "0.125", output: "10" },
  } as const;
  const entry = entryOf(sampleDispatched({ price: tiered }));
  expect(correctionEvent({ entry, usage: noUsage, statement: "s" }, 1)).not.toHaveProperty("price");
  expect(correctionEvent({ entry, usage: long, statement: "s" }, 1).price).toMatchObject({
    usdPerMillionTokens: { input: "2.5", output: "15" },
  });
  const flat = entryOf(sampleDispatched({ price: samplePrice }));
  expect(correctionEvent({ entry: flat, usage: long, statement: "s" }, 1)).not.toHaveProperty("price");
  expect(
    correctionEvent(
      { entry: entryOf(sampleDispatched({ price: undefined })), usage: long, statement: "s" },
      1,
    ),
  ).not.toHaveProperty("price");
});
