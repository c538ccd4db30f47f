import { createHash } from "node:crypto";
import { startTestBus, type TestBus } from "@sluice/bus/testing/test-bus";
import { noUsage } from "@sluice/contracts/usage";
import type { DispatchedEvent, SettledEvent, UsageEvent } from "@sluice/contracts/usage-event";
import { createLogger } from "@sluice/telemetry/logger";
import { sql } from "kysely";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { z } from "zod";
import type { ApiServer } from "../adapters/api-server.ts";
import { EntryStore } from "../adapters/entry-store.ts";
import { migrate } from "../adapters/migrations.ts";
import { promptVersionsSchema } from "../domain/prompt-comparison.ts";
import { requestsPageSchema, requestViewSchema } from "../domain/request-view.ts";
import { spendPageSchema } from "../domain/spend.ts";
import { StreamClock } from "../domain/stream-clock.ts";
import {
  feedbackMessage,
  sampleDispatched,
  sampleFeedback,
  sampleRequestId,
  sampleSettled,
  sampleTimeMs,
  usageMessage,
} from "../testing/sample-events.ts";
import { databaseKinds, openTestDatabase, type TestDatabase } from "../testing/test-database.ts";
import { createApi } from "./api.ts";
import { Rebuilder } from "./rebuilder.ts";
import { recordEvents } from "./record-events.ts";

const adminKey = "sk-admin-0123456789";
const logger = createLogger({ service: "ledger", instance: "ledger-test0001", level: "silent" });

/** A call of the sample owner with a version of the template `answer`, and its end. */
function call(
  number: number,
  version: string,
  settled: Partial<SettledEvent> = {},
  dispatched: Partial<DispatchedEvent> = {},
): UsageEvent[] {
  const key = { requestId: sampleRequestId(number) };
  return [
    sampleDispatched({ ...key, promptTemplate: "answer", promptVersion: version, ...dispatched }),
    sampleSettled({ ...key, ...settled }),
  ];
}

const failed = { outcome: "failed", usage: noUsage } as const;
/** Ten requests of version 1, one of them retried and one failed; five of version 2, and others. */
const events: UsageEvent[] = [
  ...Array.from({ length: 8 }, (_, index) => call(index + 1, "1", { durationMs: 100 * (index + 1) })).flat(),
  ...call(9, "1", failed),
  ...call(9, "1", { durationMs: 900, attempt: 2 }, { attempt: 2 }),
  ...call(10, "1", failed),
  ...call(11, "2", { durationMs: 50 }),
  ...call(12, "2", { ...failed, outcome: "cancelled" }),
  ...call(13, "2", { outcome: "cached", usage: noUsage, durationMs: 1 }),
  ...call(14, "2", { outcome: "not_called", usage: noUsage }),
  call(15, "2")[0],
  ...call(16, "2", {}, { promptTemplate: "other" }),
  ...call(17, "10", {}, { identity: { keyId: "key-9", tags: [] } }),
  sampleDispatched({ requestId: sampleRequestId(18) }),
].filter((event) => event !== undefined);

describe.each(databaseKinds)("prompts in the ledger on %s", (kind) => {
  let database: TestDatabase;
  let testBus: TestBus;
  let api: ApiServer;
  let url: string;
  const sinks = () => ({
    store: new EntryStore(database.kysely),
    keepDeadLetters: () => Promise.reject(new Error("there should be none")),
  });

  beforeAll(async () => {
    database = await openTestDatabase(kind);
    testBus = await startTestBus();
    const bus = await testBus.connect("ledger");
    api = await createApi({
      database: database.kysely,
      bus,
      rebuilder: new Rebuilder({ ...sinks(), database, bus, clock: new StreamClock(), graceMs: 0 }),
      clockDifferenceMs: 0,
      adminKeySha256: createHash("sha256").update(adminKey).digest("hex"),
      logger,
      notReadyBecause: () => [],
    });
    url = await api.listen({ host: "127.0.0.1", port: 0 });
  });
  beforeEach(async () => {
    await database.clear();
    await recordEvents(sinks(), [usageMessage(...events)]);
  });
  afterAll(async () => {
    await api.close();
    await database.close();
    await testBus.stop();
  });

  async function ask<Schema extends z.ZodType>(path: string, schema: Schema): Promise<z.output<Schema>> {
    const response = await fetch(url + path, { headers: { authorization: `Bearer ${adminKey}` } });
    expect(response.status).toBe(200);
    return schema.parse(await response.json());
  }
  const versions = async (query = "") => {
    const { rows } = await ask(`/v1/prompts/answer/versions?${query}`, promptVersionsSchema);
    return Object.fromEntries(rows.map((row) => [row.version, row]));
  };

  test("versions are compared by request: tokens, cost, errors and times", async () => {
    const compared = await versions();
    expect(Object.keys(compared)).toEqual(["1", "2", "10"]);
    expect(compared["1"]).toEqual({
      version: "1",
      requests: 10,
      openRequests: 0,
      failedRequests: 1,
      errorRate: 0.1,
      inputTokens: 9000,
      outputTokens: 450,
      costUsd: "0.00234",
      unpricedRequests: 0,
      cacheHits: 0,
      latencyP50Ms: 500,
      latencyP95Ms: 860,
      timeToFirstTokenP50Ms: 310.25,
      feedbackCount: 0,
      meanScore: null,
    });
    expect(compared["2"]).toMatchObject({
      requests: 4,
      openRequests: 1,
      failedRequests: 0,
      errorRate: 0,
      cacheHits: 1,
      latencyP50Ms: 50,
    });
  });

  test("of what the filters choose, and of nothing there is nothing", async () => {
    expect(Object.keys(await versions("key=key-9"))).toEqual(["10"]);
    expect(await versions(`to=${new Date(sampleTimeMs).toISOString()}`)).toEqual({});
    expect(await ask("/v1/prompts/constructor/versions", promptVersionsSchema)).toEqual({
      prompt: "constructor",
      rows: [],
      next: null,
    });
  });

  test("in pages where that is asked for", async () => {
    const path = "/v1/prompts/answer/versions?limit=2";
    const first = await ask(path, promptVersionsSchema);
    expect(first.rows.map(({ version }) => version)).toEqual(["1", "2"]);
    const second = await ask(`${path}&cursor=${first.next}`, promptVersionsSchema);
    expect([second.rows.map(({ version }) => version), second.next]).toEqual([["10"], null]);
  });

  test("the versions are given as CSV too, and an unknown parameter is refused", async () => {
    const headers = { authorization: `Bearer ${adminKey}`, accept: "text/csv" };
    const csv = await (await fetch(`${url}/v1/prompts/answer/versions`, { headers })).text();
    expect(csv.split("\n")[0]).toMatch(/^version,requests,/);
    expect((await fetch(`${url}/v1/prompts/answer/versions?since=7d`, { headers })).status).toBe(400);
  });

  test("spend is grouped and filtered by template and by version", async () => {
    const spend = async (query: string) => (await ask(`/v1/spend?${query}`, spendPageSchema)).rows;
    expect((await spend("group_by=prompt")).map(({ prompt, requests }) => [prompt, requests])).toEqual([
      [null, 1],
      ["answer", 16],
      ["other", 1],
    ]);
    const byVersion = await spend("group_by=prompt_version&prompt=answer");
    expect(byVersion.map((row) => row.prompt_version)).toEqual(["answer@1", "answer@10", "answer@2"]);
    expect(await spend("prompt_version=other%402")).toMatchObject([{ requests: 1 }]);
  });

  test("requests show their version", async () => {
    const { rows } = await ask("/v1/requests?prompt_version=answer%4010", requestsPageSchema);
    expect(rows).toMatchObject([{ promptTemplate: "answer", promptVersion: "10" }]);
    const without = await ask("/v1/requests?prompt=", requestsPageSchema);
    expect(without.rows).toMatchObject([{ promptTemplate: null, promptVersion: null }]);
  });

  const view = (number: number) => ask(`/v1/requests/${sampleRequestId(number)}`, requestViewSchema);
  const ofTeam = { keyId: "key-2", user: "bob", team: "search", tags: [] };
  const stranger = { keyId: "key-3", user: "eve", team: "sales", tags: [] };

  test("feedback counts for requests of the same key, user or team, and is shown with the request", async () => {
    await recordEvents(sinks(), [
      feedbackMessage(
        sampleFeedback({ score: 1, comment: "Good." }),
        sampleFeedback({ score: 0.5, identity: ofTeam, atMs: sampleTimeMs + 6000 }),
        sampleFeedback({ score: 0, identity: stranger, atMs: sampleTimeMs + 7000 }),
        sampleFeedback({ score: 0, requestId: sampleRequestId(17) }),
      ),
    ]);
    expect((await versions())["1"]).toMatchObject({ feedbackCount: 2, meanScore: 0.75 });
    expect((await versions())["10"]).toMatchObject({ feedbackCount: 0, meanScore: null });
    expect((await view(1)).feedback).toEqual([
      { key: "key-1", score: 1, comment: "Good.", givenAt: "2026-06-15T12:00:05.000Z", counts: true },
      { key: "key-2", score: 0.5, comment: null, givenAt: "2026-06-15T12:00:06.000Z", counts: true },
      { key: "key-3", score: 0, comment: null, givenAt: "2026-06-15T12:00:07.000Z", counts: false },
    ]);
    expect((await view(2)).feedback).toEqual([]);
  });

  test("of one retried request it counts once", async () => {
    await recordEvents(sinks(), [feedbackMessage(sampleFeedback({ requestId: sampleRequestId(9) }))]);
    expect((await versions())["1"]).toMatchObject({ feedbackCount: 1, meanScore: 1 });
  });

  test.each([
    ["in its order", [0, 1, 2]],
    ["the other way round", [2, 1, 0]],
    ["in disorder", [1, 2, 0]],
  ])("what a key says again replaces what it said, whatever the order: %s", async (_what, order) => {
    const said = [
      sampleFeedback({ score: 1, comment: "Good." }),
      sampleFeedback({ score: 0.5, atMs: sampleTimeMs + 6000 }),
      sampleFeedback({ score: 0.25, comment: "No.", atMs: sampleTimeMs + 7000 }),
    ];
    const ordered = order.flatMap((index) => said[index] ?? []);
    for (const one of ordered) await recordEvents(sinks(), [feedbackMessage(one)]);
    await recordEvents(sinks(), [feedbackMessage(...ordered)]);
    expect((await view(1)).feedback).toMatchObject([{ key: "key-1", score: 0.25, comment: "No." }]);
  });

  test("feedback may come before the call that it is about", async () => {
    await database.clear();
    await recordEvents(sinks(), [feedbackMessage(sampleFeedback())]);
    await recordEvents(sinks(), [usageMessage(...call(1, "1"))]);
    expect((await versions())["1"]).toMatchObject({ feedbackCount: 1, meanScore: 1 });
  });
});

test("a database of an earlier release is brought up to date", async () => {
  const database = await openTestDatabase("pglite");
  try {
    await migrate(database.kysely);
    // As it was before there were prompts.
    await sql`alter table entries drop column prompt_template, drop column prompt_version`.execute(
      database.kysely,
    );
    await sql`drop table feedback, changes`.execute(database.kysely);
    await sql`delete from kysely_migration where name >= '0002'`.execute(database.kysely);
    await migrate(database.kysely);
    const store = new EntryStore(database.kysely);
    const keepDeadLetters = () => Promise.reject(new Error("there should be none"));
    const messages = [usageMessage(...call(1, "1")), feedbackMessage(sampleFeedback())];
    const { entries } = await recordEvents({ store, keepDeadLetters }, messages);
    expect(entries).toHaveLength(1);
  } finally {
    await database.close();
  }
});
