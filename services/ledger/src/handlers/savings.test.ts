import { noUsage } from "@sluice/contracts/usage";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { EntryStore } from "../adapters/entry-store.ts";
import { findSpend } from "../adapters/spend-store.ts";
import { spendQuerySchema } from "../domain/spend.ts";
import {
  sampleDispatched,
  samplePrice,
  sampleReconciled,
  sampleRequestId,
  sampleSettled,
  usageMessage,
} from "../testing/sample-events.ts";
import { databaseKinds, openTestDatabase, type TestDatabase } from "../testing/test-database.ts";
import { recordEvents } from "./record-events.ts";

const usage = { ...noUsage, inputTokens: 1000, outputTokens: 50 };

/** Request `number`, answered from the cache. */
function hit(number: number, saved: { usage: typeof usage; price?: typeof samplePrice }) {
  const requestId = sampleRequestId(number);
  const settled = sampleSettled({ requestId, outcome: "cached", usage: noUsage, saved });
  return [sampleDispatched({ requestId }), settled];
}

describe.each(databaseKinds)("what the cache saves, in the ledger on %s", (kind) => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await openTestDatabase(kind);
    const sinks = {
      store: new EntryStore(database.kysely),
      keepDeadLetters: () => Promise.reject(new Error("there should be none")),
    };
    const priced = { usage, price: samplePrice };
    const statement = sampleReconciled({ requestId: sampleRequestId(5), usage: noUsage });
    const messages = [
      usageMessage(sampleDispatched(), sampleSettled()),
      usageMessage(...hit(2, priced)),
      // Its end comes first.
      usageMessage(...hit(3, priced).toReversed()),
      usageMessage(...hit(4, { usage })),
      // Not on a statement that has all calls: so it was not one.
      usageMessage(...hit(5, priced), statement),
      // On a statement: so it was one.
      usageMessage(...hit(6, priced), sampleReconciled({ requestId: sampleRequestId(6) })),
    ];
    for (const message of messages) await recordEvents(sinks, [message]);
    // All of it comes again.
    await recordEvents(sinks, messages);
  });
  afterAll(() => database.close());

  test("is added up by group at the price of its time, beside what was spent", async () => {
    const query = spendQuerySchema.parse({ group_by: "team" });
    const { rows } = await findSpend(database.kysely, query, undefined);
    expect(rows).toMatchObject([
      {
        team: "search",
        requests: 6,
        cacheHits: 5,
        calls: 1,
        // The call, and what the statement has: 260,000 and 345,000 nano-dollars.
        costUsd: "0.000605",
        inputTokens: 1900,
        // Three of 1000 × 250 + 50 × 2000 nano-dollars, and one whose price nobody knows.
        savedUsd: "0.00105",
        savedInputTokens: 4000,
        savedOutputTokens: 200,
        unpricedCacheHits: 1,
      },
    ]);
  });

  test("stays with its entry, which costs nothing", async () => {
    const store = new EntryStore(database.kysely);
    const key = { requestId: sampleRequestId(2), delivery: 1, attempt: 1 };
    const [entry] = await store.findByKeys([key]);
    expect(entry).toMatchObject({
      pricing: "priced",
      costNanoUsd: 0n,
      saved: { usage, costNanoUsd: 350_000n },
    });
  });
});
