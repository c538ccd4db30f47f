import { readEventLag } from "@sluice/bus/event-lag";
import { writeCallId } from "@sluice/contracts/call-id";
import { noUsage } from "@sluice/contracts/usage";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { EntryStore } from "../adapters/entry-store.ts";
import { type Statement, statementSchema } from "../domain/statement.ts";
import {
  sampleDispatched,
  sampleRequestId,
  sampleSettled,
  sampleTimeMs,
  usageMessage,
} from "../testing/sample-events.ts";
import { databaseKinds, openTestDatabase, type TestDatabase } from "../testing/test-database.ts";
import { startTestStream, type TestStream } from "../testing/test-stream.ts";
import { expireEntries } from "./expire-entries.ts";
import { reconcile } from "./reconcile.ts";
import { recordEvents } from "./record-events.ts";

const minute = 60_000;
const farMs = Date.now() + 1e9;
const billed = { inputTokens: 900, outputTokens: 60 };

function keyOf(number: number) {
  return { requestId: sampleRequestId(number), delivery: 1, attempt: 1 };
}
function clientRequestId(number: number): string {
  return writeCallId(keyOf(number));
}

describe.each(databaseKinds)("a statement against a ledger on %s", (kind) => {
  let database: TestDatabase;
  let stream: TestStream;

  beforeAll(async () => {
    database = await openTestDatabase(kind);
  });
  beforeEach(async () => {
    await database.clear();
    stream = await startTestStream();
    await stream.consume(database);
  });
  afterEach(() => stream.stop());
  afterAll(() => database.close());

  async function handIn(statement: Omit<Partial<Statement>, "rows"> & { rows?: object[] }) {
    const whole = statementSchema.parse({ statement: "June", provider: "openai", rows: [], ...statement });
    return await reconcile(whole, {
      database: database.kysely,
      bus: stream.bus,
      clockDifferenceMs: minute,
    });
  }
  async function costs(): Promise<unknown[]> {
    await stream.untilBooked();
    const rows = await database.kysely
      .selectFrom("entries")
      .select(["usage_source", "status", "cost_nano_usd"])
      .orderBy("request_id")
      .execute();
    return rows.map((row) => [row.status, row.usage_source, row.cost_nano_usd]);
  }
  const lastSequence = async () => (await readEventLag(stream.bus)).lastSequence;
  const none = {
    matched: 0,
    equal: 0,
    corrected: 0,
    differing: 0,
    notBilled: 0,
    nearEdge: 0,
    open: 0,
    unknown: 0,
  };

  /** 1 settled, 2 estimated, 3 unsettled, 4 open, 5 of another provider, unsettled. */
  async function bookCalls(): Promise<void> {
    await stream.publishEvents(
      sampleDispatched(keyOf(1)),
      sampleSettled({ ...keyOf(1), providerRequestId: "req_1" }),
      sampleDispatched(keyOf(2)),
      sampleSettled({ ...keyOf(2), providerRequestId: "req_2", usageSource: "estimated" }),
      sampleDispatched({ ...keyOf(3) }),
      sampleDispatched({ ...keyOf(5), provider: "anthropic", backend: "other" }),
    );
    await stream.untilBooked();
    await expireEntries(new EntryStore(database.kysely), farMs);
    await stream.publishEvents(sampleDispatched({ ...keyOf(4), deadlineMs: farMs }));
  }

  test("corrects estimates, reports what differs, and leaves the rest alone", async () => {
    await bookCalls();
    const rows = [
      { clientRequestId: clientRequestId(1), ...billed, costUsd: "ignored" },
      { providerRequestId: "req_2", ...billed },
      { clientRequestId: clientRequestId(3), providerRequestId: "req_3", ...billed },
      { clientRequestId: clientRequestId(4), ...billed },
      { clientRequestId: clientRequestId(5), ...billed },
      { clientRequestId: "somebody else's", providerRequestId: "req_6", ...billed },
    ];
    const result = await handIn({ rows });
    expect(result).toEqual({
      ...none,
      statement: "June",
      dryRun: false,
      matched: 4,
      corrected: 2,
      differing: 1,
      open: 1,
      unknown: 2,
      examples: {
        differing: [
          { ...keyOf(1), usageSource: "provider", ledger: sampleSettled().usage, statement: billed },
        ],
        unknown: [
          { clientRequestId: clientRequestId(5), providerRequestId: null, ...billed },
          { clientRequestId: "somebody else's", providerRequestId: "req_6", ...billed },
        ],
      },
    });
    expect(await costs()).toEqual([
      ["settled", "provider", 260_000n],
      // 300 + 600 × 250 and so on: cached and reasoning parts are what the estimate had of them.
      ["settled", "statement", 500n * 250n + 400n * 25n + 60n * 2000n],
      ["settled", "statement", 345_000n],
      ["open", null, null],
      ["unsettled", "estimated", 100n * 250n + 1000n * 2000n],
    ]);
    // What the statement told of the third call finds it from now on.
    expect(await handIn({ rows: [{ providerRequestId: "req_3", ...billed }] })).toMatchObject({ equal: 1 });
    expect(await handIn({ provider: "anthropic", backend: "main", rows: rows.slice(4, 5) })).toMatchObject({
      unknown: 1,
    });
    expect(await handIn({ provider: "anthropic", backend: "other", rows: rows.slice(4, 5) })).toMatchObject({
      corrected: 1,
    });
  });

  test("that is handed in again publishes nothing, not even at once", async () => {
    await bookCalls();
    const statement = {
      rows: [1, 2, 3].map((number) => ({ clientRequestId: clientRequestId(number), ...billed })),
      overwrite: true,
    };
    expect(await handIn(statement)).toMatchObject({ corrected: 3 });
    const after = await lastSequence();
    expect(await handIn(statement)).toMatchObject({ corrected: 0, equal: 3 });
    expect(await handIn({ ...statement, overwrite: false })).toMatchObject({ corrected: 0, equal: 3 });
    expect(await lastSequence()).toBe(after);
  });

  test("in a dry run says what it would do, and does nothing", async () => {
    await bookCalls();
    await stream.untilBooked();
    const [before, sequence] = [await database.rows(), await lastSequence()];
    const period = { from: new Date(sampleTimeMs - minute).toISOString(), to: new Date(farMs).toISOString() };
    const result = await handIn({
      ...period,
      dryRun: true,
      rows: [{ clientRequestId: clientRequestId(2), ...billed }],
    });
    expect(result).toMatchObject({ dryRun: true, corrected: 1, notBilled: 1, open: 1 });
    expect([await database.rows(), await lastSequence()]).toEqual([before, sequence]);
  });

  test("that is complete for a time makes what it does not have cost nothing, but for the ends of the time", async () => {
    await bookCalls();
    const from = (ms: number) => new Date(sampleTimeMs + ms).toISOString();
    expect(await handIn({ from: from(-minute + 1), to: from(10 * minute) })).toMatchObject({
      ...none,
      nearEdge: 2,
      open: 1,
    });
    expect(await handIn({ from: from(minute), to: from(10 * minute) })).toMatchObject(none);
    expect(await handIn({ from: from(-minute), to: from(10 * minute) })).toMatchObject({
      ...none,
      notBilled: 2,
      open: 1,
    });
    expect(await costs()).toEqual([
      ["settled", "provider", 260_000n],
      ["settled", "statement", 0n],
      ["settled", "statement", 0n],
      ["open", null, null],
      ["unsettled", "estimated", 2_025_000n],
    ]);
    expect(await handIn({ from: from(-minute), to: from(10 * minute) })).toMatchObject({ ...none, open: 1 });
    // It turns up on a later statement.
    expect(await handIn({ rows: [{ clientRequestId: clientRequestId(3), ...billed }] })).toMatchObject({
      corrected: 1,
    });
  });

  test("with rows of one call adds them up; an id that two calls have says nothing", async () => {
    await bookCalls();
    await stream.publishEvents(
      ...[6, 7].flatMap((number) => [
        sampleDispatched(keyOf(number)),
        sampleSettled({ ...keyOf(number), providerRequestId: "req_twice" }),
      ]),
    );
    const rows = [
      { clientRequestId: clientRequestId(1), inputTokens: 400, outputTokens: 20 },
      { providerRequestId: "req_1", inputTokens: 600, outputTokens: 30 },
      { providerRequestId: "req_twice", ...billed },
    ];
    expect(await handIn({ rows })).toMatchObject({ matched: 1, equal: 1, unknown: 1 });
  });

  test("of many thousand rows goes to the stream in few messages, and once", {
    timeout: 120_000,
  }, async () => {
    const count = 20_000;
    const sinks = stream.sinksOn(database);
    for (let first = 0; first < count; first += 2000) {
      const events = Array.from({ length: 2000 }, (_, index) => sampleDispatched(keyOf(first + index)));
      await recordEvents(sinks, [usageMessage(...events)]);
    }
    await expireEntries(new EntryStore(database.kysely), farMs);
    const rows = Array.from({ length: count }, (_, number) => ({
      clientRequestId: clientRequestId(number),
      ...billed,
    }));
    const result = await handIn({ rows });
    expect(result).toMatchObject({ matched: count, corrected: count, unknown: 0 });
    expect(await lastSequence()).toBeLessThan(count / 100);
    await stream.untilBooked();
    expect(await handIn({ rows })).toMatchObject({ matched: count, equal: count });
  });
});

test.each([
  [
    { rows: [{ inputTokens: 1, outputTokens: 1 }] },
    "rows.0",
    "has neither clientRequestId nor providerRequestId",
  ],
  [
    { rows: [{ clientRequestId: "", inputTokens: 1, outputTokens: 1 }] },
    "rows.0",
    "has neither clientRequestId nor providerRequestId",
  ],
  [{ from: "2026-06-01T00:00:00Z" }, "to", "and from are given together or not at all"],
  [{ from: "2026-06-02T00:00:00Z", to: "2026-06-01T00:00:00Z" }, "to", "is not later than from"],
])("a statement %j is refused", (part, path, message) => {
  const result = statementSchema.safeParse({ statement: "s", provider: "openai", rows: [], ...part });
  expect(result.error?.issues.map((issue) => [issue.path.join("."), issue.message])).toEqual([
    [path, message],
  ]);
});

test("tokens of nothing are not on a statement", () => {
  expect(
    statementSchema.safeParse({
      statement: "s",
      provider: "openai",
      rows: [{ clientRequestId: "a", ...noUsage, inputTokens: -1 }],
    }).success,
  ).toBe(false);
});
