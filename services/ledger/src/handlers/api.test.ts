import { createHash } from "node:crypto";
import { startTestBus, type TestBus } from "@sluice/bus/testing/test-bus";
import { changeSubject, eventSubjects } from "@sluice/contracts/subjects";
import { noUsage } from "@sluice/contracts/usage";
import { createLogger } from "@sluice/telemetry/logger";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import type { ApiServer } from "../adapters/api-server.ts";
import { EntryStore } from "../adapters/entry-store.ts";
import { apiErrorSchema } from "../domain/api-error.ts";
import { changesPageSchema } from "../domain/change-view.ts";
import { requestsPageSchema, requestViewSchema } from "../domain/request-view.ts";
import { spendPageSchema } from "../domain/spend.ts";
import { StreamClock } from "../domain/stream-clock.ts";
import {
  eventMessage,
  sampleChange,
  sampleDispatched,
  sampleRequestId,
  sampleSettled,
  usageMessage,
} from "../testing/sample-events.ts";
import { databaseKinds, openTestDatabase, type TestDatabase } from "../testing/test-database.ts";
import { createApi } from "./api.ts";
import { expireEntries } from "./expire-entries.ts";
import { Rebuilder } from "./rebuilder.ts";
import { recordEvents } from "./record-events.ts";

const adminKey = "sk-admin-0123456789";
const logger = createLogger({ service: "ledger", instance: "ledger-test0001", level: "silent" });
const hour = 3_600_000;
const startOfChangesMs = Date.UTC(2026, 5, 16, 8);

const firstChange = {
  changeId: "1-000000000001",
  revision: 1,
  previousRevision: 0,
  atMs: startOfChangesMs,
} as const;
const changes = [
  sampleChange({ ...firstChange, kind: "Configuration", name: "sluice.yaml", type: "created" }),
  sampleChange({ ...firstChange, by: "bob", origin: "bob@ci", type: "created" }),
  sampleChange({ atMs: startOfChangesMs + hour, reason: "=more room" }),
  sampleChange({ atMs: startOfChangesMs + hour, namespace: "search", name: "old", type: "deleted" }),
];

/** Owners of the sample requests 1 to 6, a request an hour from 2026-06-15T20:00Z on. */
const owners = [
  {
    keyId: "key-1",
    user: "ada",
    team: "search",
    application: "chat",
    department: "research",
    tags: ["blue", "red"],
  },
  {
    keyId: "key-1",
    user: "ada",
    team: "search",
    application: "chat",
    department: "research",
    tags: ["blue"],
  },
  { keyId: "key-2", user: "bob", team: "sales", tags: ["red"] },
  { keyId: "key-3", team: "=cmd()", tags: [] },
  { keyId: "key-4", tags: [] },
  { keyId: "key-4", team: "sales", tags: [] },
];
const haikuPrice = {
  source: "price_book",
  provider: "anthropic",
  model: "claude-haiku-4-5",
  usdPerMillionTokens: { input: "1", cachedInput: "0.1", output: "5" },
} as const;
const startMs = Date.UTC(2026, 5, 15, 20);
const parentRequestId = sampleRequestId(77);

describe.each(databaseKinds)("on %s", (kind) => {
  let testBus: TestBus;
  let database: TestDatabase;
  let store: EntryStore;
  let api: ApiServer;
  let url: string;
  let missing: string[] = [];
  const sinks = () => ({ store, keepDeadLetters: () => Promise.resolve() });

  beforeAll(async () => {
    testBus = await startTestBus();
    database = await openTestDatabase(kind);
    store = new EntryStore(database.kysely);
    const events = owners.flatMap((identity, index) => {
      const call = { requestId: sampleRequestId(index + 1), atMs: startMs + index * hour };
      const deadlineMs = call.atMs + 60_000;
      const dispatched = sampleDispatched({ ...call, deadlineMs, identity });
      // 1 and 2 are settled, as steps of a workflow; 3 has a second attempt, 4 is unpriced, 5 unsettled, 6 open.
      switch (index + 1) {
        case 3:
          return [
            dispatched,
            sampleSettled({ ...call, outcome: "failed", usage: noUsage, providerStatus: 500 }),
            {
              ...dispatched,
              attempt: 2,
              provider: "anthropic",
              providerModel: "claude-haiku-4-5",
              price: haikuPrice,
            },
            sampleSettled({ ...call, attempt: 2, usageSource: "estimated", responseModel: undefined }),
          ];
        case 4:
          return [
            { ...dispatched, providerModel: "no-such-model", price: undefined },
            sampleSettled({ ...call, responseModel: undefined }),
          ];
        case 5:
          return [dispatched];
        case 6:
          return [{ ...dispatched, deadlineMs: startMs + 1e9 }];
        default:
          return [
            {
              ...dispatched,
              workflowStep: { workflow: "support", step: `step${index + 1}`, parentRequestId },
              traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            },
            sampleSettled(call),
          ];
      }
    });
    const decision = {
      requestId: sampleRequestId(99),
      atMs: startMs,
      identity: { keyId: "key-1", user: "ada", tags: [] },
      model: "fast",
      decision: {
        service: "guard",
        policy: "secrets",
        direction: "prompt",
        rule: "aws_key",
        action: "blocked",
        count: 1,
      },
    };
    await recordEvents(sinks(), [
      usageMessage(...events),
      eventMessage(eventSubjects.decision, { events: [decision] }),
      eventMessage(changeSubject, { events: changes }),
      // The same again, as an event that was published twice.
      eventMessage(changeSubject, { events: changes.slice(0, 1) }),
    ]);
    await expireEntries(store, startMs + 10 * hour);
    const bus = await testBus.connect("ledger");
    const clock = new StreamClock();
    api = await createApi({
      database: database.kysely,
      bus,
      rebuilder: new Rebuilder({ ...sinks(), database, bus, clock, graceMs: 0 }),
      clockDifferenceMs: 0,
      adminKeySha256: createHash("sha256").update(adminKey).digest("hex"),
      logger,
      notReadyBecause: () => missing,
    });
    url = await api.listen({ host: "127.0.0.1", port: 0 });
  });
  afterAll(async () => {
    await api.close();
    await database.close();
    await testBus.stop();
  });

  async function ask(path: string, headers: Record<string, string> = {}): Promise<Response> {
    return await fetch(url + path, { headers: { authorization: `Bearer ${adminKey}`, ...headers } });
  }
  async function spend(query: string) {
    const response = await ask(`/v1/spend?${query}`);
    expect(response.status).toBe(200);
    return z.strictObject(spendPageSchema.shape).parse(await response.json());
  }
  async function calls(query: string) {
    const response = await ask(`/v1/requests?${query}`);
    expect(response.status).toBe(200);
    return z.strictObject(requestsPageSchema.shape).parse(await response.json());
  }
  async function problems(path: string) {
    const response = await ask(path);
    expect(response.status).toBe(400);
    const { error } = apiErrorSchema.parse(await response.json());
    expect(error.code).toBe("invalid_request");
    return error.problems?.map(({ parameter, message }) => `${parameter} ${message}`);
  }

  test("spend without groups is the sum of everything", async () => {
    expect(await spend("")).toEqual({
      rows: [
        {
          requests: 6,
          calls: 7,
          inputTokens: 4 * 1000 + 100,
          outputTokens: 4 * 50 + 1000,
          cachedInputTokens: 4 * 400,
          cacheWriteInputTokens: 0,
          reasoningTokens: 80,
          inputAudioTokens: 0,
          outputAudioTokens: 0,
          // Two of 260,000; haiku 600 × 1000 + 400 × 100 + 50 × 5000; the estimate 2,025,000 nano-dollars.
          costUsd: "0.003435",
          unpricedRequests: 1,
          estimatedRequests: 2,
          openRequests: 1,
          cacheHits: 0,
          savedInputTokens: 0,
          savedOutputTokens: 0,
          savedUsd: "0",
          unpricedCacheHits: 0,
        },
      ],
      next: null,
    });
  });

  test("spend is added up by any groups, those without a value first", async () => {
    const { rows } = await spend("group_by=team,model");
    expect(
      rows.map(({ team, model, requests, calls: n, costUsd }) => [team, model, requests, n, costUsd]),
    ).toEqual([
      [null, "gpt-5-mini", 1, 1, "0.002025"],
      ["=cmd()", "no-such-model", 1, 1, null],
      ["sales", "claude-haiku-4-5", 1, 1, "0.00089"],
      ["sales", "gpt-5-mini", 2, 2, "0"],
      ["search", "gpt-5-mini", 2, 2, "0.00052"],
    ]);
    expect(Object.keys(rows[0] ?? {}).slice(0, 2)).toEqual(["team", "model"]);
  });

  test.each(["team", "user", "application", "department", "model", "provider", "key", "tag", "workflow"])(
    "%s can be grouped by and filtered by",
    async (dimension) => {
      const { rows } = await spend(`group_by=${dimension}`);
      for (const row of rows) {
        const value = row[dimension as "team"] ?? "";
        const filtered = await spend(`group_by=${dimension}&${dimension}=${encodeURIComponent(value)}`);
        expect(filtered.rows).toEqual([row]);
      }
      expect(rows.length).toBeGreaterThan(1);
    },
  );

  test("a repeated filter is any of its values, several filters are all of them", async () => {
    expect((await spend("team=search&team=sales")).rows[0]?.requests).toBe(4);
    expect((await spend("team=search&team=sales&user=ada")).rows[0]?.requests).toBe(2);
    expect((await spend("team=")).rows[0]?.requests).toBe(1);
    expect((await spend("team=nobody")).rows[0]).toMatchObject({ requests: 0, calls: 0, costUsd: "0" });
    expect((await spend("team=nobody&group_by=team")).rows).toEqual([]);
  });

  test("a call with two tags counts under both", async () => {
    const { rows } = await spend("group_by=tag");
    expect(rows.map(({ tag, requests, costUsd }) => [tag, requests, costUsd])).toEqual([
      [null, 3, "0.002025"],
      ["blue", 2, "0.00052"],
      ["red", 2, "0.00115"],
    ]);
    expect((await spend("tag=red&tag=blue")).rows[0]?.requests).toBe(3);
  });

  test.each([
    [
      "day",
      "UTC",
      [
        ["2026-06-15T00:00:00Z", 4],
        ["2026-06-16T00:00:00Z", 2],
      ],
    ],
    [
      "day",
      "Europe/Berlin",
      [
        ["2026-06-15T00:00:00+02:00", 2],
        ["2026-06-16T00:00:00+02:00", 4],
      ],
    ],
    ["day", "Asia/Kolkata", [["2026-06-16T00:00:00+05:30", 6]]],
    ["hour", "America/New_York", [16, 17, 18, 19, 20, 21].map((h) => [`2026-06-15T${h}:00:00-04:00`, 1])],
    ["week", "UTC", [["2026-06-15T00:00:00Z", 6]]],
    ["month", "Europe/Berlin", [["2026-06-01T00:00:00+02:00", 6]]],
  ])("buckets by %s in %s", async (bucket, zone, expected) => {
    const { rows } = await spend(`bucket=${bucket}&time_zone=${zone}`);
    expect(rows.map((row) => [row.bucket, row.requests])).toEqual(expected);
  });

  test("from is in, to is out; dates are those of the time zone", async () => {
    const count = async (query: string) => (await spend(query)).rows[0]?.requests;
    expect(await count("from=2026-06-15T21:00:00Z&to=2026-06-15T23:00:00Z")).toBe(2);
    expect(await count("from=2026-06-15T23:00:00%2B02:00")).toBe(5);
    expect(await count("from=2026-06-15&to=2026-06-16")).toBe(4);
    expect(await count("from=2026-06-15&to=2026-06-16&time_zone=Europe/Berlin")).toBe(2);
  });

  test.each(["group_by=team,model,tag&bucket=hour", "group_by=key", "bucket=hour"])(
    "pages of %s make up the whole, row by row",
    async (query) => {
      const whole = await spend(query);
      const rows: unknown[] = [];
      let cursor = "";
      do {
        const page = await spend(`${query}&limit=1${cursor}`);
        expect(page.rows).toHaveLength(1);
        rows.push(...page.rows);
        cursor = page.next === null ? "" : `&cursor=${page.next}`;
      } while (cursor !== "");
      expect(rows).toEqual(whole.rows);
    },
  );

  test("spend as CSV names its columns and does not let a spreadsheet run anything", async () => {
    const response = await ask("/v1/spend?group_by=team&bucket=month&limit=2", { accept: "text/csv" });
    expect(response.headers.get("content-type")).toBe("text/csv; charset=utf-8; header=present");
    const [header, none, formula, rest] = (await response.text()).split("\r\n");
    expect(header).toBe(
      "bucket,team,requests,calls,inputTokens,outputTokens,cachedInputTokens,cacheWriteInputTokens,reasoningTokens,inputAudioTokens,outputAudioTokens,costUsd,unpricedRequests,estimatedRequests,openRequests,cacheHits,savedInputTokens,savedOutputTokens,savedUsd,unpricedCacheHits",
    );
    expect(none).toBe("2026-06-01T00:00:00Z,,1,1,100,1000,0,0,0,0,0,0.002025,0,1,0,0,0,0,0,0");
    expect(formula).toBe("2026-06-01T00:00:00Z,'=cmd(),1,1,1000,50,400,0,20,0,0,,1,0,0,0,0,0,0,0");
    expect(rest).toBe("");
    const next = /^<(.+)>; rel="next"$/.exec(response.headers.get("link") ?? "")?.[1];
    const second = await ask(next ?? "", { accept: "text/csv" });
    expect((await second.text()).split("\r\n")[1]).toMatch(/^2026-06-01T00:00:00Z,sales,/);
  });

  test("requests are listed by status, the newest first", async () => {
    const list = async (query: string) =>
      (await calls(query)).rows.map(({ requestId, attempt }) => [requestId, attempt]);
    expect(await list("status=unsettled")).toEqual([[sampleRequestId(5), 1]]);
    expect(await list("status=unpriced")).toEqual([[sampleRequestId(4), 1]]);
    expect(await list("status=open")).toEqual([[sampleRequestId(6), 1]]);
    expect(await list("status=unsettled&status=unpriced")).toHaveLength(2);
    expect(await list("status=unsettled,unpriced&team=")).toEqual([[sampleRequestId(5), 1]]);
    expect(await list("status=estimated&provider=anthropic")).toEqual([[sampleRequestId(3), 2]]);
    expect(await list("")).toEqual([
      [sampleRequestId(6), 1],
      [sampleRequestId(5), 1],
      [sampleRequestId(4), 1],
      [sampleRequestId(3), 2],
      [sampleRequestId(3), 1],
      [sampleRequestId(2), 1],
      [sampleRequestId(1), 1],
    ]);
  });

  test("an unpriced call has no cost, an unsettled one the estimate", async () => {
    expect((await calls("status=unpriced")).rows).toMatchObject([
      { status: "settled", pricing: "unpriced", costUsd: null, price: null, inputTokens: 1000 },
    ]);
    expect((await calls("status=unsettled")).rows).toMatchObject([
      {
        status: "unsettled",
        usageSource: "estimated",
        pricing: "priced",
        costUsd: "0.002025",
        inputTokens: 100,
      },
    ]);
    expect((await calls("status=open")).rows).toMatchObject([
      { pricing: "pending", costUsd: null, inputTokens: null, usageSource: null },
    ]);
  });

  test("pages of requests stay where they are while requests come in", async () => {
    const first = await calls("limit=3");
    const late = sampleDispatched({ requestId: sampleRequestId(1000), atMs: startMs });
    await recordEvents(sinks(), [usageMessage(late)]);
    const second = await calls(`limit=1000&cursor=${first.next}`);
    await database.kysely.deleteFrom("entries").where("request_id", "=", late.requestId).execute();
    const whole = await calls("");
    expect([...first.rows, ...second.rows]).toEqual(whole.rows);
    expect(second.next).toBeNull();
  });

  test("requests as CSV have a line for each call", async () => {
    const response = await ask("/v1/requests?tag=blue", { accept: "text/csv;q=0.9, application/json;q=0.1" });
    const lines = (await response.text()).trimEnd().split("\r\n");
    expect(lines).toHaveLength(3);
    expect(lines[0]).toMatch(/^requestId,delivery,attempt,status,/);
    expect(lines[2]).toContain(",blue;red,");
  });

  test("a request shows all its calls and its trace", async () => {
    const two = requestViewSchema.parse(await (await ask(`/v1/requests/${sampleRequestId(3)}`)).json());
    expect(two.calls).toMatchObject([
      { attempt: 1, outcome: "failed", providerStatus: 500, costUsd: "0" },
      { attempt: 2, outcome: "completed", costUsd: "0.00089", usageSource: "estimated" },
    ]);
    const traced = requestViewSchema.parse(await (await ask(`/v1/requests/${sampleRequestId(1)}`)).json());
    expect(traced).toMatchObject({
      traceId: "0af7651916cd43dd8448eb211c80319c",
      calls: [
        { costUsd: "0.00026", model: "gpt-5-mini", responseModel: "gpt-5-mini-2025-08-07", user: "ada" },
      ],
    });
  });

  test("a request for a workflow shows the calls of its steps", async () => {
    const request = requestViewSchema.parse(await (await ask(`/v1/requests/${parentRequestId}`)).json());
    const step = { workflow: "support", parentRequestId };
    expect(request.calls).toMatchObject([
      { ...step, requestId: sampleRequestId(1), workflowStep: "step1" },
      { ...step, requestId: sampleRequestId(2), workflowStep: "step2" },
    ]);
  });

  test("a request that was refused shows why, without calls", async () => {
    const refused = requestViewSchema.parse(await (await ask(`/v1/requests/${sampleRequestId(99)}`)).json());
    expect(refused).toMatchObject({
      calls: [],
      decisions: [
        {
          service: "guard",
          policy: "secrets",
          rule: "aws_key",
          action: "blocked",
          count: 1,
          owner: { user: "ada" },
        },
      ],
    });
  });

  test.each([sampleRequestId(98), "not-a-uuid"])("request %s is not there", async (id) => {
    const response = await ask(`/v1/requests/${id}`);
    expect(response.status).toBe(404);
    expect(await response.json()).toEqual({
      error: { code: "not_found", message: "The ledger knows no request with this id." },
    });
  });

  async function audit(query: string) {
    const response = await ask(`/v1/audit/changes?${query}`);
    expect(response.status).toBe(200);
    return z.strictObject(changesPageSchema.shape).parse(await response.json());
  }

  test("changes are listed resource by resource, the newest first, each once", async () => {
    const { rows, next } = await audit("");
    expect(next).toBeNull();
    expect(
      rows.map(({ revision, kind, namespace, name, type }) => [revision, kind, namespace, name, type]),
    ).toEqual([
      [2, "RouteTable", "search", "old", "deleted"],
      [2, "RouteTable", "default", "apis", "changed"],
      [1, "RouteTable", "default", "apis", "created"],
      [1, "Configuration", "default", "sluice.yaml", "created"],
    ]);
    expect(rows[1]).toEqual({
      changeId: "2-0123456789ab",
      revision: 2,
      previousRevision: 1,
      occurredAt: "2026-06-16T09:00:00.000Z",
      by: "ada",
      origin: "ada@desk",
      change: "apply r.yaml",
      reason: "=more room",
      kind: "RouteTable",
      namespace: "default",
      name: "apis",
      type: "changed",
      diff: "@@ -1,1 +1,1 @@\n-a\n+b\n",
    });
  });

  test.each([
    ["by=bob", 1],
    ["by=bob&by=ada", 4],
    ["kind=Configuration", 1],
    ["namespace=search", 1],
    ["name=apis", 2],
    ["type=created&type=deleted", 3],
    ["revision=1", 2],
    ["from=2026-06-16T09:00:00Z", 2],
    ["to=2026-06-16T09:00:00Z", 2],
    ["from=2026-06-17", 0],
    ["kind=Secret", 0],
  ])("changes by %s are %i", async (query, count) => {
    expect((await audit(query)).rows).toHaveLength(count);
  });

  test("pages of changes are together what there is", async () => {
    const names: string[] = [];
    let cursor: string | null = "";
    while (cursor !== null) {
      const page = await audit(`limit=1${cursor === "" ? "" : `&cursor=${encodeURIComponent(cursor)}`}`);
      names.push(...page.rows.map(({ name }) => name));
      cursor = page.next;
    }
    expect(names).toEqual(["old", "apis", "apis", "sluice.yaml"]);
  });

  test("changes as CSV do not let a spreadsheet run anything", async () => {
    const response = await ask("/v1/audit/changes?name=apis&revision=2", { accept: "text/csv" });
    const text = await response.text();
    expect(text.split("\r\n")[0]).toBe(
      "changeId,revision,previousRevision,occurredAt,by,origin,change,reason,kind,namespace,name,type,diff",
    );
    expect(text).toContain("'=more room");
  });

  test("every problem of a question is named", async () => {
    expect(
      await problems(
        "/v1/spend?group_by=team,planet&bucket=year&from=2026-02-30&to=yesterday&time_zone=%2B02:00&limit=0&colour=red&teams=x",
      ),
    ).toEqual([
      "group_by is not one of team, user, application, department, model, provider, key, tag, prompt, prompt_version, workflow",
      "bucket is not one of hour, day, week, month",
      "from is not a date (2026-06-15) nor an instant with its offset (2026-06-15T12:00:00Z)",
      "to is not a date (2026-06-15) nor an instant with its offset (2026-06-15T12:00:00Z)",
      "time_zone is not a time zone, such as UTC or Europe/Berlin",
      "limit is less than 1",
      "colour is not a parameter of this list",
      "teams is not a parameter of this list",
    ]);
    expect(await problems("/v1/spend?from=2026-06-16&to=2026-06-15")).toEqual(["to is not later than from"]);
    expect(await problems("/v1/requests?status=lost&limit=1001")).toEqual([
      "status is not one of open, settled, unsettled, unpriced, estimated, reconciled",
      "limit is more than 1000",
    ]);
  });

  test.each(["garbage", "e30", "eyJxdWVyeSI6IiIsImFmdGVyIjpbImEiXX0"])(
    "cursor %s is refused",
    async (cursor) => {
      expect(await problems(`/v1/spend?group_by=team&cursor=${cursor}`)).toEqual([
        "cursor does not belong to this question",
      ]);
    },
  );

  test("a value that the database can't hold is refused", async () => {
    const response = await ask("/v1/spend?team=%00");
    expect(response.status).toBe(400);
    expect(apiErrorSchema.parse(await response.json()).error.code).toBe("invalid_request");
  });

  test("a cursor is good for its own question only", async () => {
    const { next } = await spend("group_by=team&limit=1");
    expect((await spend(`group_by=team&limit=3&cursor=${next}`)).rows).toHaveLength(3);
    expect(await problems(`/v1/spend?group_by=user&cursor=${next}`)).toEqual([
      "cursor does not belong to this question",
    ]);
  });

  test.each([
    ["no key", undefined, "missing_credential"],
    ["another scheme", `Basic ${adminKey}`, "missing_credential"],
    ["another key", "Bearer sk-admin-0123456780", "invalid_credential"],
    ["a part of the key", "Bearer sk-admin", "invalid_credential"],
  ])("%s is refused", async (_name, authorization, code) => {
    for (const path of [
      "/v1/spend",
      "/v1/requests",
      `/v1/requests/${sampleRequestId(1)}`,
      "/v1/dead-letters",
      "/v1/prompts/answer/versions",
      "/v1/rebuild",
      "/%761/spend",
      "//v1/spend",
    ]) {
      const response = await fetch(url + path, {
        headers: authorization === undefined ? {} : { authorization },
      });
      expect([401, 404]).toContain(response.status);
    }
    const response = await fetch(`${url}/v1/spend`, {
      headers: authorization === undefined ? {} : { authorization },
    });
    expect(response.status).toBe(401);
    expect(response.headers.get("www-authenticate")).toBe("Bearer");
    expect(apiErrorSchema.parse(await response.json()).error.code).toBe(code);
  });

  test("a path that is not there is 404 in the form of all errors", async () => {
    const response = await ask("/v2/spend");
    expect(response.status).toBe(404);
    expect(apiErrorSchema.parse(await response.json()).error.code).toBe("not_found");
  });

  test("health needs no key; readiness says what is missing", async () => {
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    missing = ["database"];
    const response = await fetch(`${url}/readyz`);
    missing = [];
    expect([response.status, await response.json()]).toEqual([
      503,
      { status: "not ready", missing: ["database"] },
    ]);
  });

  test("the OpenAPI document describes every route and parameter", async () => {
    const document = z
      .object({
        openapi: z.literal("3.1.0"),
        paths: z.record(
          z.string(),
          z.object({
            post: z.object({ responses: z.record(z.string(), z.unknown()) }).optional(),
            get: z
              .object({
                parameters: z.array(z.object({ name: z.string(), in: z.string() })).default([]),
                responses: z.record(z.string(), z.unknown()),
              })
              .optional(),
          }),
        ),
      })
      .parse(await (await fetch(`${url}/openapi.json`)).json());
    expect(Object.keys(document.paths).sort()).toEqual([
      "/healthz",
      "/readyz",
      "/v1/audit/changes",
      "/v1/dead-letters",
      "/v1/dead-letters/{digest}",
      "/v1/prompts/{name}/versions",
      "/v1/rebuild",
      "/v1/reconciliations",
      "/v1/requests",
      "/v1/requests/{id}",
      "/v1/spend",
    ]);
    const parameters = document.paths["/v1/spend"]?.get?.parameters.map(({ name }) => name);
    expect(parameters).toEqual(
      ["group_by", "bucket", "from", "to", "time_zone", "team", "user", "application", "department"].concat([
        "model",
        "provider",
        "key",
        "tag",
        "prompt",
        "prompt_version",
        "workflow",
        "cursor",
        "limit",
      ]),
    );
    const [success] = Object.entries(document.paths["/v1/spend"]?.get?.responses ?? {});
    expect(success).toMatchObject(["200", { content: { "application/json": {}, "text/csv": {} } }]);
  });

  test("the time of a call, not of its settlement, is what a day goes by", async () => {
    const [row] = (await calls(`key=key-1&to=${new Date(startMs + 1).toISOString()}`)).rows;
    expect(row?.occurredAt).toBe(new Date(startMs).toISOString());
  });
});
