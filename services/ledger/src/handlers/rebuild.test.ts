import { setImmediate as turn } from "node:timers/promises";
import { listDeadLetters } from "@sluice/bus/dead-letters";
import { readEventLag } from "@sluice/bus/event-lag";
import { publishChange } from "@sluice/bus/publish-change";
import { eventSubjects } from "@sluice/contracts/subjects";
import { noUsage } from "@sluice/contracts/usage";
import { sql } from "kysely";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { EntryStore, WriteConflict } from "../adapters/entry-store.ts";
import { createFreshTables } from "../adapters/fresh-tables.ts";
import { noteBegin } from "../adapters/rebuild-store.ts";
import { AlreadyRunning } from "../domain/already-running.ts";
import { bookEntry, factsOf } from "../domain/book-entry.ts";
import {
  eventMessage,
  feedbackMessage,
  sampleChange,
  sampleDispatched,
  sampleFeedback,
  samplePrice,
  sampleReconciled,
  sampleRequestId,
  sampleSettled,
  sampleTimeMs,
  usageMessage,
} from "../testing/sample-events.ts";
import { databaseKinds, openTestDatabase, type TestDatabase } from "../testing/test-database.ts";
import { startTestStream, type TestStream } from "../testing/test-stream.ts";
import { expireEntries } from "./expire-entries.ts";
import { Rebuilder } from "./rebuilder.ts";

const wait = { timeout: 20_000 };
const farMs = Date.now() + 1e9;
const decision = {
  service: "guard",
  policy: "pii",
  direction: "prompt",
  rule: "email",
  action: "masked",
  count: 2,
} as const;

/** Everything that can happen to a call, by its number. */
function eventsOf(number: number) {
  const call = { requestId: sampleRequestId(number), atMs: sampleTimeMs + number * 1000 };
  const dispatched = sampleDispatched({ ...call, decisions: [decision] });
  const settled = sampleSettled(call);
  switch (number % 10) {
    case 0:
      return [dispatched];
    case 1:
      return [settled];
    case 2:
      return [settled, dispatched, settled];
    case 3:
      return [dispatched, sampleReconciled({ requestId: call.requestId })];
    case 4:
      return [
        dispatched,
        sampleReconciled({ requestId: call.requestId, usage: noUsage }),
        sampleSettled({ ...call, usageSource: "estimated" }),
      ];
    case 5:
      return [{ ...dispatched, price: undefined }, settled];
    case 6:
      return [dispatched, { ...settled, price: null }];
    case 7:
      return [dispatched, settled, { ...settled, usage: noUsage, atMs: settled.atMs - 1 }];
    case 8:
      return [
        dispatched,
        sampleSettled({ ...call, outcome: "failed", usage: noUsage }),
        { ...dispatched, attempt: 2 },
        { ...settled, attempt: 2, price: { ...samplePrice, source: "configuration" as const } },
      ];
    default:
      return [dispatched, settled];
  }
}

const poison = [
  { subject: eventSubjects.usage, data: Buffer.from("{ not json") },
  usageMessage(
    sampleSettled({
      requestId: sampleRequestId(90_001),
      usage: { ...noUsage, inputTokens: 0, outputTokens: Number.MAX_SAFE_INTEGER },
    }),
    sampleDispatched({ requestId: sampleRequestId(90_001) }),
  ),
];
const audited = eventMessage(eventSubjects.decision, {
  events: [1, 2].map((number) => ({
    requestId: sampleRequestId(number),
    atMs: sampleTimeMs - number,
    identity: sampleDispatched().identity,
    model: "fast",
    decision: { ...decision, count: 3 },
  })),
});

/** Of the same key twice, the later one first, and of a stranger. */
const said = [
  feedbackMessage(sampleFeedback({ score: 0.25, comment: "Too long.", atMs: sampleTimeMs + 9000 })),
  feedbackMessage(sampleFeedback({ score: 1 }), sampleFeedback({ identity: { keyId: "other", tags: [] } })),
];

describe.each(databaseKinds)("a rebuild on %s", (kind) => {
  let database: TestDatabase;
  let stream: TestStream;
  let rebuilder: Rebuilder;
  let made: Rebuilder[] = [];

  beforeAll(async () => {
    database = await openTestDatabase(kind);
  });
  beforeEach(async () => {
    await database.clear();
    stream = await startTestStream();
    made = [];
    rebuilder = makeRebuilder();
  });
  afterEach(async () => {
    for (const one of made) await one.stop();
    await stream.stop();
  });
  afterAll(() => database.close());

  function makeRebuilder(changes: Partial<ConstructorParameters<typeof Rebuilder>[0]> = {}): Rebuilder {
    const { bus, clock } = stream;
    const one = new Rebuilder({ ...stream.sinksOn(database), database, bus, clock, graceMs: 0, ...changes });
    made.push(one);
    return one;
  }

  async function rebuilt(one: Rebuilder = rebuilder) {
    await one.start();
    await expect.poll(async () => (await one.view()).running, wait).toBe(false);
    return await one.view();
  }

  async function publishCalls(from: number, to: number): Promise<void> {
    for (let number = from; number < to; number++) await stream.publishEvents(...eventsOf(number));
  }

  async function tableNames(): Promise<string[]> {
    const { rows } = await sql<{ name: string }>`
      select relname as name from pg_class join pg_namespace on pg_namespace.oid = relnamespace
      where nspname = current_schema() union all
      select conname from pg_constraint join pg_namespace on pg_namespace.oid = connamespace
      where nspname = current_schema()
    `.execute(database.kysely);
    return rows.map(({ name }) => name).sort();
  }

  test("gives the same rows, decisions, feedback and dead letters too", async () => {
    const origin = (await readEventLag(stream.bus)).lastSequence;
    await stream.consume(database);
    await stream.publish(...poison, audited, ...said);
    const changed = [sampleChange(), sampleChange({ name: "other", reason: "why" })];
    await publishChange(await stream.testBus.connectOperator(), changed);
    await publishCalls(1, 120);
    for (let number = 119; number > 60; number -= 7)
      await stream.publishEvents(...eventsOf(number).reverse());
    await stream.untilBooked();
    await expireEntries(new EntryStore(database.kysely), farMs);
    const [before, names, letters] = [
      await database.rows(),
      await tableNames(),
      await listDeadLetters(stream.bus, 10),
    ];
    const view = await rebuilt();
    const events = (await readEventLag(stream.bus)).lastSequence - origin;
    expect(view).toMatchObject({
      result: "rebuilt",
      error: null,
      eventsDone: events,
      eventsTotal: events,
      deadLetters: 2,
    });
    expect(await database.rows()).toEqual(before);
    expect(before.entries.length).toBeGreaterThan(120);
    expect(before.decisions.length).toBeGreaterThan(80);
    expect(before.feedback).toMatchObject([
      { owner_key: "key-1", score: 0.25, comment: "Too long." },
      { owner_key: "other", score: 1, comment: null },
    ]);
    expect(before.changes).toHaveLength(2);
    expect(await tableNames()).toEqual(names);
    const after = await listDeadLetters(stream.bus, 10);
    expect(after.map(({ letter }) => letter)).toEqual(letters.map(({ letter }) => letter));
    // And once more, from what the first one has left.
    expect(await rebuilt()).toMatchObject({ result: "rebuilt" });
    expect(await database.rows()).toEqual(before);
    expect(await tableNames()).toEqual(names);
  });

  test("loses no event that comes while it runs, and the ledger answers all the time", async () => {
    await stream.consume(database);
    if (kind === "postgres") await stream.consume(database);
    await publishCalls(1, 400);
    let [published, reads] = [400, 0];
    const running = rebuilt();
    const done = running.then(() => true);
    const publishing = (async () => {
      while (!(await Promise.race([done, turn(false)]))) {
        await publishCalls(published, published + 20);
        published += 20;
      }
    })();
    const reading = (async () => {
      while (!(await Promise.race([done, turn(false)]))) {
        const { rows } = await sql<{ calls: bigint }>`select count(*) as calls from entries`.execute(
          database.kysely,
        );
        expect(Number(rows[0]?.calls)).toBeGreaterThanOrEqual(0);
        reads++;
      }
    })();
    const [view] = await Promise.all([running, publishing, reading]);
    expect(view).toMatchObject({ result: "rebuilt", error: null });
    expect(reads).toBeGreaterThan(0);
    expect(published).toBeGreaterThan(400);
    await publishCalls(published, published + 20);
    await stream.untilBooked();
    await expireEntries(new EntryStore(database.kysely), farMs);
    const booked = await database.rows();
    const expected = Array.from({ length: published + 19 }, (_, index) => index + 1);
    expect(new Set(booked.entries.map((row) => (row as { request_id: string }).request_id))).toEqual(
      new Set(expected.map(sampleRequestId)),
    );
    expect(await rebuilt()).toMatchObject({ result: "rebuilt" });
    await expireEntries(new EntryStore(database.kysely), farMs);
    expect(await database.rows()).toEqual(booked);
  });

  test("makes a lost ledger again, with what is overdue given up", async () => {
    await stream.publishEvents(sampleDispatched({ deadlineMs: sampleTimeMs }));
    await stream.publishEvents(sampleDispatched({ requestId: sampleRequestId(2), deadlineMs: farMs }));
    const consumer = await stream.consume(database);
    await stream.untilBooked();
    await consumer.stop();
    await database.clear();
    await rebuilt();
    const { entries } = await database.rows();
    expect(entries).toMatchObject([
      { status: "unsettled", usage_source: "estimated", pricing: "priced" },
      { status: "open", pricing: "pending" },
    ]);
  });

  test("books what the ledger has not come to yet, and it may book that again", async () => {
    await publishCalls(1, 30);
    await rebuilt();
    const before = await database.rows();
    expect(new Set(before.entries.map((row) => (row as { request_id: string }).request_id)).size).toBe(29);
    await stream.consume(database);
    await stream.untilBooked();
    expect(await database.rows()).toEqual(before);
  });

  test("lets nobody who read an entry before it write that entry after it", async () => {
    const store = new EntryStore(database.kysely);
    await stream.publishEvents(sampleDispatched());
    const consumer = await stream.consume(database);
    await stream.untilBooked();
    await consumer.stop();
    const [stale] = await store.findByKeys([sampleDispatched()]);
    await stream.publishEvents(sampleSettled());
    await rebuilt();
    const write = stale && { entries: [bookEntry({ ...factsOf(stale), givenUp: true })], decisions: [] };
    await expect(store.write(write ?? { entries: [], decisions: [] })).rejects.toBeInstanceOf(WriteConflict);
    expect((await database.rows()).entries).toMatchObject([{ status: "settled", input_tokens: 1000n }]);
  });

  test("that fails leaves the ledger as it was and says why", async () => {
    await stream.consume(database);
    await publishCalls(1, 30);
    await stream.publish(...poison);
    await stream.untilBooked();
    await expireEntries(new EntryStore(database.kysely), farMs);
    const [before, names] = [await database.rows(), await tableNames()];
    const failing = makeRebuilder({
      keepDeadLetters: () => Promise.reject(new Error("no room for letters")),
    });
    expect(await rebuilt(failing)).toMatchObject({ result: "failed", error: "no room for letters" });
    expect(await database.rows()).toEqual(before);
    expect(await tableNames()).toEqual(names);
    expect(await rebuilt()).toMatchObject({ result: "rebuilt", error: null });
    expect(await database.rows()).toEqual(before);
  });

  test("is not begun twice at once, and ends with its ledger", async () => {
    await stream.publish(...poison);
    const held = Promise.withResolvers<void>();
    const slow = makeRebuilder({ keepDeadLetters: () => held.promise });
    await slow.start();
    expect(await slow.view()).toMatchObject({ running: true, result: null, finishedAt: null });
    await expect(slow.start()).rejects.toBeInstanceOf(AlreadyRunning);
    const stopped = slow.stop();
    held.resolve();
    await stopped;
    expect(await slow.view()).toMatchObject({ running: false, result: "failed" });
    expect((await slow.view()).error).toBe("The ledger was stopped.");
    expect(await tableNames()).not.toContain("entries_fresh");
  });

  test("that was killed is told so, and the next one clears away what it left", async () => {
    await publishCalls(1, 20);
    await noteBegin(database.kysely, "ledger-killed01");
    await createFreshTables(database.kysely);
    await sql`insert into entries_fresh select * from entries`.execute(database.kysely);
    expect(await rebuilder.view()).toMatchObject({
      running: false,
      result: "failed",
      error: "The ledger that did it ended before it was done.",
      instance: "ledger-killed01",
    });
    expect(await rebuilt()).toMatchObject({ result: "rebuilt" });
    expect(await tableNames()).not.toContain("entries_fresh");
  });
});

describe("a rebuild by several ledgers on one Postgres", () => {
  let database: TestDatabase;
  let stream: TestStream;
  beforeEach(async () => {
    database = await openTestDatabase("postgres");
    stream = await startTestStream();
    await stream.publish(...poison);
  });
  afterEach(async () => {
    await stream.stop();
    await database.close();
  });

  test("is done by one of them, all see it, and it fails when it loses its connection", async () => {
    const { bus, clock } = stream;
    const held = Promise.withResolvers<void>();
    const options = { ...stream.sinksOn(database), database, bus, clock, graceMs: 0 };
    const one = new Rebuilder({ ...options, keepDeadLetters: () => held.promise });
    const other = new Rebuilder(options);
    await one.start();
    await expect(other.start()).rejects.toBeInstanceOf(AlreadyRunning);
    expect(await other.view()).toMatchObject({ running: true });
    await sql`select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory'`.execute(
      database.kysely,
    );
    held.resolve();
    await expect.poll(async () => (await other.view()).result, wait).toBe("failed");
    await one.stop();
    await other.start();
    await expect.poll(async () => (await other.view()).result, wait).toBe("rebuilt");
  });
});
