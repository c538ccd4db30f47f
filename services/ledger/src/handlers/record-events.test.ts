import { randomBytes } from "node:crypto";
import type { CallKey } from "@sluice/contracts/call-id";
import type { DeadLetter } from "@sluice/contracts/dead-letter";
import { eventSubjects } from "@sluice/contracts/subjects";
import { noUsage } from "@sluice/contracts/usage";
import type { UsageEvent } from "@sluice/contracts/usage-event";
import fc from "fast-check";
import { sql } from "kysely";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { EntryStore } from "../adapters/entry-store.ts";
import { decodeEvents } from "../domain/decode-events.ts";
import type { Entry } from "../domain/entry.ts";
import type { EventMessage } from "../domain/event-message.ts";
import {
  eventMessage,
  sampleDispatched,
  samplePrice,
  sampleReconciled,
  sampleRequestId,
  sampleSettled,
  sampleTimeMs,
  usageMessage,
} from "../testing/sample-events.ts";
import { databaseKinds, openTestDatabase, type TestDatabase } from "../testing/test-database.ts";
import { expireEntries } from "./expire-entries.ts";
import { recordEvents } from "./record-events.ts";

const key = { requestId: sampleRequestId(1), delivery: 1, attempt: 1 };

describe.each(databaseKinds)("on %s", (kind) => {
  let database: TestDatabase;
  let store: EntryStore;

  beforeAll(async () => {
    database = await openTestDatabase(kind);
    store = new EntryStore(database.kysely);
  });
  let kept: DeadLetter[] = [];
  beforeEach(async () => {
    kept = [];
    await database.clear();
  });
  afterAll(() => database.close());

  function keepDeadLetters(letters: readonly DeadLetter[]): Promise<void> {
    kept.push(...letters);
    return Promise.resolve();
  }

  async function record(...messages: EventMessage[]): Promise<void> {
    await recordEvents({ store, keepDeadLetters }, messages);
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
    price: samplePrice,
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

  test("a call whose price nobody knows is unpriced and has no cost", async () => {
    await record(usageMessage(sampleDispatched({ price: undefined }), sampleSettled()));
    const unpriced = await entry();
    expect(unpriced).toMatchObject({ status: "settled", pricing: "unpriced", usage: { inputTokens: 1000 } });
    expect(unpriced.costNanoUsd).toBeUndefined();
  });

  test("a failed call without tokens costs nothing, even where the price is unknown", async () => {
    await record(
      usageMessage(
        sampleDispatched({ price: undefined }),
        sampleSettled({ outcome: "failed", usage: noUsage, responseModel: undefined }),
      ),
    );
    expect(await entry()).toMatchObject({ pricing: "priced", costNanoUsd: 0n });
  });

  test("the price of the settlement goes before that of the dispatch, null included", async () => {
    const flat = {
      source: "configuration",
      model: "*",
      usdPerMillionTokens: { input: "1", output: "1" },
    } as const;
    await record(usageMessage(sampleDispatched(), sampleSettled({ price: flat })));
    expect(await entry()).toMatchObject({ costNanoUsd: 1_050_000n, price: flat });
    await record(usageMessage(sampleSettled({ price: null, atMs: sampleTimeMs + 3000 })));
    const unpriced = await entry();
    expect(unpriced).toMatchObject({ pricing: "unpriced", settled: { price: null } });
    expect([unpriced.costNanoUsd, unpriced.price]).toEqual([undefined, undefined]);
  });

  test("a statement goes before the settlement, whichever comes first and whatever their clocks say", async () => {
    const early = sampleReconciled({ atMs: sampleTimeMs - 3_600_000, providerRequestId: "bill_1" });
    await record(usageMessage(early));
    expect(await entry()).toMatchObject({ status: "settled", usageSource: "statement", pricing: "pending" });
    await record(usageMessage(sampleSettled({ providerRequestId: undefined })));
    await record(usageMessage(sampleDispatched()));
    expect(await entry()).toMatchObject({
      status: "settled",
      usage: early.usage,
      usageSource: "statement",
      costNanoUsd: 345_000n,
      price: samplePrice,
      settled: { usage: sampleSettled().usage },
      reconciled: { statement: "June 2026", providerRequestId: "bill_1" },
    });
  });

  test("of two statements the later counts; one without the call makes it cost nothing", async () => {
    await record(usageMessage(sampleDispatched({ price: undefined })));
    await record(usageMessage(sampleReconciled({ atMs: sampleTimeMs + 2, usage: noUsage })));
    await record(usageMessage(sampleReconciled({ atMs: sampleTimeMs + 1 })));
    expect(await entry()).toMatchObject({ status: "settled", usage: noUsage, costNanoUsd: 0n });
    await record(usageMessage(sampleReconciled({ atMs: sampleTimeMs + 3, price: samplePrice })));
    expect(await entry()).toMatchObject({ costNanoUsd: 345_000n });
  });

  test("a statement of a call that was never heard of is kept without a price, and put right later", async () => {
    await record(usageMessage(sampleReconciled()));
    await expireEntries(store, sampleTimeMs + 1);
    expect(await entry()).toMatchObject({ status: "settled", pricing: "unpriced", usageSource: "statement" });
    await record(usageMessage(sampleDispatched()));
    expect(await entry()).toMatchObject({ pricing: "priced", costNanoUsd: 345_000n });
  });

  test("an open entry past its deadline becomes unsettled, with the estimate marked as one", async () => {
    await record(usageMessage(sampleDispatched()));
    expect(await expireEntries(store, sampleTimeMs + 60_000)).toEqual([]);
    expect(await expireEntries(store, sampleTimeMs + 60_001)).toHaveLength(1);
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
    await expireEntries(store, sampleTimeMs + 120_000);
    await record(usageMessage(sampleDispatched()));
    expect((await entry()).status).toBe("unsettled");
    await record(usageMessage(sampleSettled()));
    await record(usageMessage(sampleDispatched()));
    expect(await entry()).toMatchObject(settledEntry);
    expect(await expireEntries(store, sampleTimeMs + 1e9)).toEqual([]);
  });

  test("a settled entry that was never dispatched becomes unpriced, and is put right when it comes", async () => {
    await record(usageMessage(sampleSettled()));
    expect(await expireEntries(store, sampleTimeMs + 120_000)).toMatchObject([{ pricing: "unpriced" }]);
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
      sampleReconciled({ requestId: sampleRequestId(number), atMs: sampleTimeMs - number }),
      sampleReconciled({ requestId: sampleRequestId(number), atMs: sampleTimeMs - number, price: null }),
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
    expect(kept.map(({ reason }) => reason)).toEqual([
      "not JSON in UTF-8",
      "unknown subject",
      "requestId: invalid_type",
    ]);
    expect(Buffer.from(kept[0]?.data ?? "", "base64").toString()).toBe('{"events": [');
  });

  test("an event that can't be read is the same dead letter each time, and once in a batch", async () => {
    const broken = eventMessage(eventSubjects.usage, { events: [{}, {}] });
    await record(broken);
    await record({ ...broken, streamSequence: 2 });
    expect(kept.map(({ digest }) => digest)).toEqual([kept[0]?.digest, kept[0]?.digest]);
  });

  test("an event whose values the database can't hold is set aside alone", async () => {
    const huge = sampleSettled({
      requestId: sampleRequestId(2),
      usage: { ...noUsage, inputTokens: 0, outputTokens: Number.MAX_SAFE_INTEGER },
    });
    const longNames = sampleDispatched({
      requestId: sampleRequestId(4),
      identity: { keyId: "key-1", tags: [randomBytes(20_000).toString("hex")] },
    });
    const never = sampleDispatched({ requestId: sampleRequestId(3), atMs: Number.MAX_SAFE_INTEGER });
    await record(
      usageMessage(sampleDispatched({ requestId: sampleRequestId(2) }), huge, never, longNames),
      usageMessage(sampleDispatched(), sampleSettled()),
    );
    expect(await entry()).toMatchObject(settledEntry);
    expect((await allEntries()).map(({ status }) => status)).toEqual(
      expect.arrayContaining(["settled", "open"]),
    );
    expect(kept.map(({ reason }) => reason)).toEqual([
      "the database can't hold its values",
      "the database can't hold its values",
      "the database can't hold its values",
    ]);
    const read = kept.map(({ data, subject }) =>
      decodeEvents([{ ...usageMessage(sampleSettled()), data: Buffer.from(data, "base64"), subject }]),
    );
    expect(read.flatMap(({ usage }) => usage.map(({ event }) => event))).toEqual(
      expect.arrayContaining([huge, never, longNames]),
    );
  });

  test("an event that breaks our own code is set aside alone, with what broke and not what it held", async () => {
    class FragileStore extends EntryStore {
      override async findByKeys(keys: readonly CallKey[]): Promise<Entry[]> {
        if (keys.some(({ attempt }) => attempt === 7)) throw new TypeError("attempt 7 has no secret");
        return await super.findByKeys(keys);
      }
    }
    const fragile = new FragileStore(database.kysely);
    const poison = sampleDispatched({ attempt: 7 });
    await recordEvents({ store: fragile, keepDeadLetters }, [
      usageMessage(sampleDispatched(), poison),
      usageMessage(sampleSettled()),
    ]);
    expect(await entry()).toMatchObject(settledEntry);
    expect(kept).toMatchObject([{ reason: "could not be booked: TypeError" }]);
    expect(JSON.parse(Buffer.from(kept[0]?.data ?? "", "base64").toString())).toEqual({ events: [poison] });
  });

  test("a database that can do nothing at all makes no dead letters", async () => {
    await sql`alter table entries rename to entries_away`.execute(database.kysely);
    try {
      const messages = [usageMessage(sampleDispatched(), sampleSettled())];
      await expect(recordEvents({ store, keepDeadLetters }, messages)).rejects.toThrow();
      class BrokenStore extends EntryStore {
        override findByKeys(): Promise<Entry[]> {
          return Promise.reject(new TypeError("out of memory"));
        }
      }
      const broken = new BrokenStore(database.kysely);
      await expect(recordEvents({ store: broken, keepDeadLetters }, messages)).rejects.toThrow();
    } finally {
      await sql`alter table entries_away rename to entries`.execute(database.kysely);
    }
    expect(kept).toEqual([]);
  });

  test("nothing is taken for booked while its dead letter is not kept", async () => {
    const away = { store, keepDeadLetters: () => Promise.reject(new Error("away")) };
    const messages = [
      usageMessage(sampleDispatched(), sampleSettled()),
      eventMessage("sluice.v1.events.other", {}),
    ];
    await expect(recordEvents(away, messages)).rejects.toThrow("away");
    // What can be booked is; it does no harm when it comes again.
    expect(await entry()).toMatchObject(settledEntry);
    await record(...messages);
    expect([await entry(), kept.length]).toMatchObject([settledEntry, 1]);
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
