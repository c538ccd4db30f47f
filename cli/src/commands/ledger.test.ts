import { writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { json } from "node:stream/consumers";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { openRecordedTerminal, type RecordedTerminal } from "../testing/recorded-terminal.ts";

/** What the ledger of the test was asked, and what it is to answer, in their order. */
let asked: { method: string; path: string; body: unknown }[] = [];
let answers: { status?: number; body: unknown }[] = [];
const ledger: Server = createServer((request, response) => {
  const answer = async (): Promise<void> => {
    const body = request.method === "POST" && request.headers["content-type"] !== undefined;
    asked.push({
      method: request.method ?? "",
      path: request.url ?? "",
      body: body ? await json(request) : undefined,
    });
    const { status = 200, body: text } = answers.shift() ?? { status: 500, body: {} };
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(text));
  };
  void answer();
});

let terminal: RecordedTerminal;
beforeAll(async () => {
  await new Promise<void>((resolve) => ledger.listen(0, "127.0.0.1", resolve));
  terminal = await openRecordedTerminal();
  terminal.environment.SLUICE_LEDGER_URL = `http://127.0.0.1:${(ledger.address() as AddressInfo).port}`;
  terminal.environment.SLUICE_ADMIN_KEY = "admin";
});
beforeEach(() => {
  asked = [];
  answers = [];
});
afterAll(async () => {
  await terminal.remove();
  await new Promise((resolve) => ledger.close(resolve));
});

const running = {
  running: true,
  startedAt: "2026-06-15T12:00:00.000Z",
  finishedAt: null,
  eventsDone: 10,
  eventsTotal: 30,
  deadLetters: 0,
  error: null,
};
const rebuilt = { ...running, running: false, finishedAt: "2026-06-15T12:00:02.500Z", eventsDone: 31 };

test("rebuild follows the ledger to the end and says what it did", async () => {
  answers = [{ status: 202, body: running }, { body: running }, { body: { ...rebuilt, deadLetters: 2 } }];
  expect(await terminal.run("ledger", "rebuild")).toEqual({
    code: 0,
    out: "Rebuilt from 31 messages of the event stream in 2.5 s.\n",
    error: "10 of 30 messages\n2 events could not be booked; see sluice ledger dead-letters.\n",
  });
  expect(asked.map(({ method, path }) => [method, path])).toEqual([
    ["POST", "/v1/rebuild"],
    ["GET", "/v1/rebuild"],
    ["GET", "/v1/rebuild"],
  ]);
});

test("a rebuild that fails, or runs already, is told in one line", async () => {
  answers = [{ status: 202, body: running }, { body: { ...rebuilt, error: "no room" } }];
  expect(await terminal.run("ledger", "rebuild")).toEqual({
    code: 1,
    out: "",
    error: "sluice: The ledger is as it was before; it could not be rebuilt: no room\n",
  });
  answers = [{ status: 409, body: { error: { message: "A rebuild runs already." } } }];
  expect(await terminal.run("ledger", "rebuild")).toMatchObject({
    code: 1,
    error: "sluice: A rebuild runs already.\n",
  });
});

const counts = {
  statement: "june.csv",
  dryRun: false,
  matched: 3,
  equal: 1,
  corrected: 1,
  differing: 1,
  notBilled: 4,
  nearEdge: 0,
  open: 5,
  unknown: 1,
};
const result = {
  ...counts,
  examples: {
    differing: [
      {
        requestId: "019ec000-0000-7000-8000-000000000001",
        delivery: 1,
        attempt: 2,
        usageSource: "provider",
        ledger: { inputTokens: 10, outputTokens: 20 },
        statement: { inputTokens: 11, outputTokens: 20 },
      },
    ],
    unknown: [{ clientRequestId: null, providerRequestId: "req_x", inputTokens: 1, outputTokens: 2 }],
  },
};

const csv = [
  "\ufeffdate,clientRequestId,providerRequestId,inputTokens,outputTokens,cachedInputTokens,cost",
  '2026-06-01,a.1.1,req_1,100,20,,"0,10"',
  "",
  "2026-06-01, ,req_2,200,30,150,0.2",
].join("\r\n");

test("reconcile hands a CSV file in and prints counts and examples", async () => {
  await writeFile(join(terminal.directory, "june.csv"), csv);
  answers = [{ body: result }];
  const { code, out, error } = await terminal.run(
    ...["ledger", "reconcile", "june.csv", "--provider", "openai", "--from", "2026-06-01"],
    ...["--to", "2026-07-01T00:00:00+02:00", "--dry-run"],
  );
  expect([code, error]).toEqual([0, "A dry run: nothing was corrected.\n"]);
  expect(out).toBe(
    [
      "COUNT  WHAT",
      "    3  calls that the statement has",
      "    1  of these, say the same already",
      "    1  of these, corrected to the statement",
      "    1  of these, say something else and were left alone",
      "    4  calls that the statement does not have: they cost nothing",
      "    0  calls it does not have, too near to the ends of its time to tell",
      "    5  calls that are not over yet; left alone",
      "    1  rows that the ledger has no call for",
      "",
      "Differing, 1 of 1:",
      "CALL                                      INPUT  OUTPUT  STATEMENT INPUT  STATEMENT OUTPUT",
      "019ec000-0000-7000-8000-000000000001.1.2     10      20               11                20",
      "",
      "Unknown, 1 of 1:",
      "CLIENT REQUEST ID  PROVIDER REQUEST ID  INPUT  OUTPUT",
      "-                  req_x                    1       2",
      "",
    ].join("\n"),
  );
  expect(asked).toEqual([
    {
      method: "POST",
      path: "/v1/reconciliations",
      body: {
        statement: "june.csv",
        provider: "openai",
        from: "2026-06-01T00:00:00Z",
        to: "2026-07-01T00:00:00+02:00",
        dryRun: true,
        rows: [
          { clientRequestId: "a.1.1", providerRequestId: "req_1", inputTokens: 100, outputTokens: 20 },
          { providerRequestId: "req_2", inputTokens: 200, outputTokens: 30, cachedInputTokens: 150 },
        ],
      },
    },
  ]);
});

test.each([
  ["a list", (rows: object[]) => rows],
  ["an object with rows", (rows: object[]) => ({ month: "June", rows })],
])("reconcile reads JSON, %s, from the standard input", async (_name, statement) => {
  const row = { clientRequestId: "a.1.1", inputTokens: 1, outputTokens: 2 };
  terminal.input = JSON.stringify(statement([{ ...row, providerRequestId: null, cost: 1 }]));
  answers = [{ body: result }];
  const { code, out } = await terminal.run(
    ...["ledger", "reconcile", "-", "--provider", "openai", "--backend", "main", "--overwrite", "--json"],
  );
  expect([code, JSON.parse(out)]).toEqual([0, result]);
  expect(asked[0]?.body).toEqual({
    statement: "standard input",
    provider: "openai",
    backend: "main",
    overwrite: true,
    rows: [row],
  });
});

test.each([
  [
    "inputTokens,outputTokens,clientRequestId\n1,2,a\n3,4,\n",
    "Line 3 of the statement has neither a clientRequestId nor a providerRequestId.",
  ],
  [
    "clientRequestId,inputTokens,outputTokens\na,1,-2\n",
    "Line 2 of the statement: outputTokens is not a whole number of tokens.",
  ],
  [
    "clientRequestId,inputTokens\na,1\n",
    "Line 2 of the statement: outputTokens is not a whole number of tokens.",
  ],
  [
    '[{"clientRequestId":"a","inputTokens":1,"outputTokens":2},{"inputTokens":1,"outputTokens":2}]',
    "Row 2 of the statement has neither a clientRequestId nor a providerRequestId.",
  ],
  ["[1]", "Row 1 of the statement: it is not a row."],
  [
    '[{"clientRequestId":1,"inputTokens":1,"outputTokens":2}]',
    "Row 1 of the statement: clientRequestId is not a text.",
  ],
  ['{"columns":[]}', "- is not a JSON list of rows, nor an object with rows."],
])("a statement %j is refused before the ledger is asked", async (input, line) => {
  terminal.input = input;
  const refused = await terminal.run("ledger", "reconcile", "-", "--provider", "openai");
  expect(refused).toEqual({ code: 1, out: "", error: `sluice: ${line}\n` });
  expect(asked).toEqual([]);
});

test("reconcile says what it misses, and what is no time", async () => {
  expect((await terminal.run("ledger", "reconcile", "nowhere.csv", "--provider", "openai")).error).toBe(
    "sluice: There is no file nowhere.csv here.\n",
  );
  expect((await terminal.run("ledger", "reconcile", "-")).error).toContain("--provider <name>");
  const when = await terminal.run("ledger", "reconcile", "-", "--provider", "openai", "--from", "June");
  expect([when.code, when.error]).toEqual([1, expect.stringContaining("It is a day such as 2026-06-15")]);
});

const letter = {
  digest: "ab12",
  subject: "sluice.v1.events.usage",
  reason: "not JSON in UTF-8",
  streamSequence: 7,
  publishedAt: "2026-06-15T12:00:00.000Z",
  encoding: "json",
  data: '{"events":[{}]}',
};

test("dead-letters lists the events that could not be booked, and prints one of them", async () => {
  answers = [{ body: { rows: [letter], next: null } }, { body: letter }, { body: { rows: [], next: null } }];
  expect((await terminal.run("ledger", "dead-letters")).out).toBe(
    [
      "PUBLISHED                 SEQUENCE  SUBJECT                 REASON             DIGEST",
      "2026-06-15T12:00:00.000Z         7  sluice.v1.events.usage  not JSON in UTF-8  ab12",
      "",
    ].join("\n"),
  );
  expect(await terminal.run("ledger", "dead-letters", "ab12")).toEqual({
    code: 0,
    out: `${letter.data}\n`,
    error: "not JSON in UTF-8\n",
  });
  expect(await terminal.run("ledger", "dead-letters")).toEqual({
    code: 0,
    out: "",
    error: "Every event was booked.\n",
  });
  expect(asked.map(({ path }) => path)).toEqual([
    "/v1/dead-letters?limit=1000",
    "/v1/dead-letters/ab12",
    "/v1/dead-letters?limit=1000",
  ]);
});
