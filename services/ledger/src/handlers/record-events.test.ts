import { eventSubjects } from "@sluice/contracts/subjects";
import { noUsage } from "@sluice/contracts/usage";
import type { UsageEvent } from "@sluice/contracts/usage-event";
import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { EntryStore } from "../adapters/entry-store.ts";
import { decodeEvents, type EventMessage } from "../domain/decode-events.ts";
import type { Entry } from "../domain/entry.ts";
import type { PriceSource } from "../domain/price-source.ts";
import {
  eventMessage,
  sampleDispatched,
  sampleRequestId,
  sampleSettled,
  sampleTimeMs,
  usageMessage,
} from "../testing/sample-events.ts";
import { databaseKinds, openTestDatabase, type TestDatabase } from "../testing/test-database.ts";
import { expireEntries } from "./expire-entries.ts";
import { recordEvents } from "./record-events.ts";

const bookPrices: PriceSource = { overridesAt: () => Promise.resolve([]) };
const key = { requestId: sampleRequestId(1), delivery: 1, attempt: 1 };

describe.each(databaseKinds)("on %s", (kind) => {
  let database: TestDatabase;
  let store: EntryStore;

  beforeAll(async () => {
    database = await openTestDatabase(kind);
    store = new EntryStore(database.kysely);
  });
  beforeEach(() => database.clear());
  afterAll(() => database.close());

  async function record(...messages: EventMessage[]): Promise<void> {
    await recordEvents(store, bookPrices, messages);
  }

  async function allEntries(): Promise<Entry[]> {
    const rows = await database.kysely
      .selectFrom("entries")
      .select(["request_id as requestId", "delivery", "attempt"])
      .orderBy("request_id")
      .orderBy("delivery")
      .orderBy("attempt")
      .execute();
    return await store.findByKeys(rows);
  }

  async function entry(): Promise<Entry> {
    const [found] = await store.findByKeys([key]);
    expect(found).toBeDefined();
    return found as Entry;
  }

  const settledEntry = {
    key,
    status: "settled",
    usage: sampleSettled().usage,
    usageSource: "provider",
    pricing: "priced",
    costNanoUsd: 260_000n,
    price: { source: "price_book", model: "gpt-5-mini" },
    dispatched: { identity: sampleDispatched().identity, deadlineMs: sampleTimeMs + 60_000, revision: 1 },
    settled: { durationMs: 1987.5, timeToFirstTokenMs: 310.25, providerRequestId: "req_1" },
  };

  test("a dispatched call is open and has no cost yet", async () => {
    await record(usageMessage(sampleDispatched()));
    const open = await entry();
    expect(open).toMatchObject({
      status: "open",
      pricing: "pending",
      dispatched: { providerModel: "gpt-5-mini" },
    });
    expect(open.usage).toBeUndefined();
    expect(open.costNanoUsd).toBeUndefined();
  });

  test("a settled call has its usage and its cost", async () => {
    await record(usageMessage(sampleDispatched()));
    await record(usageMessage(sampleSettled()));
    expect(await entry()).toMatchObject(settledEntry);
  });

  test("both events in one message are one entry", async () => {
    await record(usageMessage(sampleDispatched(), sampleSettled()));
    expect(await entry()).toMatchObject({ ...settledEntry, version: 1 });
  });

  test("settled before dispatched comes to the same", async () => {
    await record(usageMessage(sampleSettled()));
    expect(await entry()).toMatchObject({ status: "settled", pricing: "pending" });
    await record(usageMessage(sampleDispatched()));
    expect(await entry()).toMatchObject(settledEntry);
  });

  test("a redelivered event changes nothing, not even the entry's version", async () => {
    await record(usageMessage(sampleDispatched(), sampleSettled()));
    const before = await entry();
    await record(usageMessage(sampleDispatched()), usageMessage(sampleSettled()));
    await record(usageMessage(sampleSettled()));
    expect(await entry()).toEqual(before);
    expect(await allEntries()).toHaveLength(1);
  });

  test("an older settlement does not replace a newer one", async () => {
    const newer = sampleSettled({
      atMs: sampleTimeMs + 3000,
      usage: { ...noUsage, inputTokens: 7, outputTokens: 1 },
    });
    await record(usageMessage(sampleDispatched(), newer));
    await record(usageMessage(sampleSettled()));
    expect(await entry()).toMatchObject({ usage: newer.usage, costNanoUsd: 7n * 250n + 2000n });
  });

  test("attempts and deliveries of one request are entries of their own", async () => {
    await record(
      usageMessage(
        sampleDispatched(),
        sampleSettled({ outcome: "failed", usage: noUsage, providerStatus: 500 }),
        sampleDispatched({ attempt: 2 }),
        sampleSettled({ attempt: 2 }),
        sampleDispatched({ delivery: 2 }),
        sampleSettled({ delivery: 2, outcome: "not_called", usage: noUsage }),
      ),
    );
    const costs = (await allEntries()).map(({ key: { delivery, attempt }, costNanoUsd }) => [
      delivery,
      attempt,
      costNanoUsd,
    ]);
    expect(costs.sort()).toEqual([
      [1, 1, 0n],
      [1, 2, 260_000n],
      [2, 1, 0n],
    ]);
  });

  test("an unknown model is unpriced and has no cost", async () => {
    const unknown = { providerModel: "no-such-model" };
    await record(usageMessage(sampleDispatched(unknown), sampleSettled({ responseModel: "no-such-model" })));
    const unpriced = await entry();
    expect(unpriced).toMatchObject({ status: "settled", pricing: "unpriced", usage: { inputTokens: 1000 } });
    expect(unpriced.costNanoUsd).toBeUndefined();
  });

  test("a failed call without tokens costs nothing, even where the price is unknown", async () => {
    await record(
      usageMessage(
        sampleDispatched({ providerModel: "no-such-model" }),
        sampleSettled({ outcome: "failed", usage: noUsage, responseModel: undefined }),
      ),
    );
    expect(await entry()).toMatchObject({ pricing: "priced", costNanoUsd: 0n });
  });

  test("a call is priced by the configuration that it was made under, and keeps that price", async () => {
    const asked: (number | undefined)[] = [];
    const prices: PriceSource = {
      overridesAt: (revision) => {
        asked.push(revision);
        return Promise.resolve([{ model: "*", usdPerMillionTokens: { input: "1", output: "1" } }]);
      },
    };
    await recordEvents(store, prices, [usageMessage(sampleDispatched({ revision: 7 }), sampleSettled())]);
    expect(asked).toEqual([7]);
    await record(usageMessage(sampleDispatched({ revision: 7 }), sampleSettled()));
    expect(await entry()).toMatchObject({
      costNanoUsd: 1_050_000n,
      price: { source: "configuration", usdPerMillionTokens: { input: "1", output: "1" } },
    });
  });

  test("an open entry past its deadline becomes unsettled, with the estimate marked as one", async () => {
    await record(usageMessage(sampleDispatched()));
    expect(await expireEntries(store, bookPrices, sampleTimeMs + 60_000)).toEqual([]);
    expect(await expireEntries(store, bookPrices, sampleTimeMs + 60_001)).toHaveLength(1);
    expect(await entry()).toMatchObject({
      status: "unsettled",
      usageSource: "estimated",
      usage: { inputTokens: 100, outputTokens: 1000 },
      pricing: "priced",
      costNanoUsd: 100n * 250n + 1000n * 2000n,
    });
  });

  test("a settlement that comes late replaces the estimate; its dispatched coming again does not bring it back", async () => {
    await record(usageMessage(sampleDispatched()));
    await expireEntries(store, bookPrices, sampleTimeMs + 120_000);
    await record(usageMessage(sampleDispatched()));
    expect((await entry()).status).toBe("unsettled");
    await record(usageMessage(sampleSettled()));
    await record(usageMessage(sampleDispatched()));
    expect(await entry()).toMatchObject(settledEntry);
    expect(await expireEntries(store, bookPrices, sampleTimeMs + 1e9)).toEqual([]);
  });

  test("a settled entry that was never dispatched becomes unpriced, and is put right when it comes", async () => {
    await record(usageMessage(sampleSettled()));
    expect(await expireEntries(store, bookPrices, sampleTimeMs + 120_000)).toMatchObject([
      { pricing: "unpriced" },
    ]);
    await record(usageMessage(sampleDispatched()));
    expect(await entry()).toMatchObject(settledEntry);
  });

  test("any order and any repetition of events, in any batches, gives the same rows", async () => {
    const events: UsageEvent[] = [1, 2].flatMap((number) => [
      sampleDispatched({ requestId: sampleRequestId(number) }),
      sampleSettled({ requestId: sampleRequestId(number) }),
      sampleSettled({
        requestId: sampleRequestId(number),
        usageSource: "estimated",
        atMs: sampleTimeMs + 1000,
      }),
      sampleSettled({ requestId: sampleRequestId(number), outcome: "cancelled" }),
    ]);
    await record(usageMessage(...events));
    const expected = (await allEntries()).map(({ version: _version, ...rest }) => rest);
    const batches = fc.array(fc.subarray(events, { minLength: 1 }), { maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(
        batches,
        fc.shuffledSubarray(events, { minLength: events.length }),
        async (some, all) => {
          await database.clear();
          for (const batch of [...some, all]) await record(usageMessage(...batch));
          expect((await allEntries()).map(({ version: _version, ...rest }) => rest)).toEqual(expected);
        },
      ),
      { numRuns: 25 },
    );
  });

  test("writers of the same call at the same time lose nothing", async () => {
    const numbers = Array.from({ length: 20 }, (_, index) => index + 1);
    await Promise.all(
      numbers.flatMap((number) => [
        record(usageMessage(sampleSettled({ requestId: sampleRequestId(number) }))),
        record(usageMessage(sampleDispatched({ requestId: sampleRequestId(number) }))),
      ]),
    );
    const entries = await allEntries();
    expect(entries.map(({ status, costNanoUsd }) => [status, costNanoUsd])).toEqual(
      numbers.map(() => ["settled", 260_000n]),
    );
  });

  async function rejectedEvents() {
    return await database.kysely.selectFrom("rejected_events").selectAll().orderBy("reason").execute();
  }

  test("events that can't be read are kept with the reason, and the rest is booked", async () => {
    const broken = {
      ...eventMessage(eventSubjects.usage, {}),
      data: new TextEncoder().encode('{"events": ['),
    };
    await record(
      broken,
      eventMessage("sluice.v1.events.other", { events: [1] }),
      eventMessage(eventSubjects.usage, {
        events: [{ ...sampleDispatched(), requestId: 7 }, sampleSettled()],
      }),
      usageMessage(sampleDispatched()),
    );
    expect(await entry()).toMatchObject({ status: "settled", pricing: "priced" });
    const rejected = await rejectedEvents();
    expect(rejected.map(({ reason }) => reason)).toEqual([
      "not JSON in UTF-8",
      "requestId: invalid_type",
      "unknown subject",
    ]);
    expect(Buffer.from(rejected[0]?.data ?? []).toString()).toBe('{"events": [');
  });

  test("a rejected event that is delivered again is kept once", async () => {
    await record(eventMessage(eventSubjects.usage, { events: [{}] }));
    await record(eventMessage(eventSubjects.usage, { events: [{}] }));
    expect(await rejectedEvents()).toHaveLength(1);
  });

  test("an event whose values the database can't hold is set aside alone", async () => {
    const huge = sampleSettled({
      requestId: sampleRequestId(2),
      usage: { ...noUsage, inputTokens: 0, outputTokens: Number.MAX_SAFE_INTEGER },
    });
    const never = sampleDispatched({ requestId: sampleRequestId(3), atMs: Number.MAX_SAFE_INTEGER });
    await record(
      usageMessage(sampleDispatched({ requestId: sampleRequestId(2) }), huge, never),
      usageMessage(sampleDispatched(), sampleSettled()),
    );
    expect(await entry()).toMatchObject(settledEntry);
    expect((await allEntries()).map(({ status }) => status)).toEqual(
      expect.arrayContaining(["settled", "open"]),
    );
    const rejected = await rejectedEvents();
    expect(rejected.map(({ reason }) => reason)).toEqual([
      "the database can't hold its values",
      "the database can't hold its values",
    ]);
    const kept = rejected.map(({ data, subject }) =>
      decodeEvents([{ ...usageMessage(sampleSettled()), data, subject }]),
    );
    expect(kept.flatMap(({ usage }) => usage.map(({ event }) => event))).toEqual(
      expect.arrayContaining([huge, never]),
    );
  });

  test("characters that the database can't hold don't keep a call out of the ledger", async () => {
    await record(
      usageMessage(
        sampleDispatched(),
        sampleSettled({ responseModel: "gpt-5-mini\0", providerRequestId: "a\ud800b" }),
      ),
    );
    expect(await entry()).toMatchObject({
      costNanoUsd: 260_000n,
      settled: { responseModel: "gpt-5-mini", providerRequestId: "a\ufffdb" },
    });
  });

  test("decisions are kept once each, whichever way they came", async () => {
    const decision = {
      service: "guard",
      policy: "pii",
      direction: "prompt",
      rule: "email",
      action: "masked",
      count: 2,
    } as const;
    const whole = {
      service: "guard",
      policy: "pii",
      direction: "reply",
      action: "audited",
      count: 0,
    } as const;
    const event = {
      requestId: key.requestId,
      atMs: sampleTimeMs - 5,
      identity: sampleDispatched().identity,
      model: "fast",
    };
    await record(
      usageMessage(
        sampleDispatched({ decisions: [decision] }),
        sampleDispatched({ attempt: 2, decisions: [decision] }),
      ),
    );
    await record(
      eventMessage(eventSubjects.decision, {
        events: [
          { ...event, decision },
          { ...event, decision: whole },
        ],
      }),
    );
    const rows = await database.kysely
      .selectFrom("decisions")
      .select(["policy", "direction", "rule", "action", "count", "occurred_at", "owner_team"])
      .orderBy("direction")
      .execute();
    expect(rows).toEqual([
      {
        policy: "pii",
        direction: "prompt",
        rule: "email",
        action: "masked",
        count: 2n,
        occurred_at: new Date(event.atMs),
        owner_team: "search",
      },
      {
        policy: "pii",
        direction: "reply",
        rule: "",
        action: "audited",
        count: 0n,
        occurred_at: new Date(event.atMs),
        owner_team: "search",
      },
    ]);
  });

  test("a batch of two thousand events is one write", async () => {
    const events = Array.from({ length: 1000 }, (_, number) => number).flatMap((number) => [
      sampleDispatched({ requestId: sampleRequestId(number) }),
      sampleSettled({ requestId: sampleRequestId(number) }),
    ]);
    await record(usageMessage(...events));
    expect(await allEntries()).toHaveLength(1000);
  });
});
