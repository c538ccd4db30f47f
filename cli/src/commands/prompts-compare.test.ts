import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { openRecordedTerminal, type RecordedTerminal } from "../testing/recorded-terminal.ts";

const row = {
  version: "1",
  requests: 9021,
  openRequests: 0,
  failedRequests: 18,
  errorRate: 0.0019953,
  inputTokens: 94_214,
  outputTokens: 81_020,
  costUsd: "0.185592",
  unpricedRequests: 0,
  cacheHits: 0,
  latencyP50Ms: 811.6,
  latencyP95Ms: 1630.2,
  timeToFirstTokenP50Ms: null,
  feedbackCount: 412,
  meanScore: 0.7131,
};
const nothing = { errorRate: null, costUsd: null, latencyP50Ms: null, latencyP95Ms: null, meanScore: null };
const rows = [
  row,
  { ...row, ...nothing, version: "beta", requests: 3, unpricedRequests: 3, feedbackCount: 0 },
];

/** Stands for the ledger. */
const asked: URL[] = [];
const ledger: Server = createServer((request, response) => {
  const url = new URL(request.url ?? "", "http://ledger");
  asked.push(url);
  if (request.headers.accept === "text/csv") response.end("version,requests\n1,9021\n");
  else
    response.end(
      JSON.stringify({ prompt: "p", rows: url.pathname.includes("unused") ? [] : rows, next: null }),
    );
});

let terminal: RecordedTerminal;
beforeAll(async () => {
  await new Promise<void>((resolve) => ledger.listen(0, "127.0.0.1", resolve));
  terminal = await openRecordedTerminal();
  const url = `http://127.0.0.1:${(ledger.address() as AddressInfo).port}`;
  Object.assign(terminal.environment, { SLUICE_LEDGER_URL: url, SLUICE_ADMIN_KEY: "right" });
});
beforeEach(() => {
  asked.length = 0;
});
afterAll(async () => {
  await terminal.remove();
  await new Promise((resolve) => ledger.close(resolve));
});

test("shows the versions beside each other, and says when a price is missing", async () => {
  const result = await terminal.run("prompts", "compare", "team/answer", "--from", "2026-06-15");
  expect(result).toEqual({
    code: 0,
    out: [
      "VERSION  REQUESTS  ERRORS  INPUT  OUTPUT  COST USD  P50 MS  P95 MS  FEEDBACK  SCORE",
      "1            9021    0.2%  94214   81020  0.185592     812    1630       412   0.71",
      "beta            3       -  94214   81020         -       -       -         0      -",
      "",
    ].join("\n"),
    error: "3 requests have no known price; the cost is too low by them.\n",
  });
  expect(asked[0]?.pathname).toBe("/v1/prompts/team%2Fanswer/versions");
  expect(asked[0]?.searchParams.get("from")).toBe("2026-06-15");
});

test("--since is a time before now", async () => {
  const earliest = Date.now() - 7 * 86_400_000;
  await terminal.run("prompts", "compare", "answer", "--since", "7d");
  const from = Date.parse(asked[0]?.searchParams.get("from") ?? "");
  expect(from).toBeGreaterThanOrEqual(earliest);
  expect(from).toBeLessThanOrEqual(Date.now() - 7 * 86_400_000);
});

test("prints JSON and CSV as the ledger gives them", async () => {
  expect(JSON.parse((await terminal.run("prompts", "compare", "answer", "--json")).out)).toEqual(rows);
  expect((await terminal.run("prompts", "compare", "answer", "--csv")).out).toBe(
    "version,requests\n1,9021\n",
  );
});

test("says when there is nothing to compare, and what can't be asked", async () => {
  expect(await terminal.run("prompts", "compare", "unused")).toEqual({
    code: 0,
    out: "",
    error: "No request had the prompt template unused in that time.\n",
  });
  expect(
    await terminal.run("prompts", "compare", "a", "--since", "7d", "--from", "2026-06-15"),
  ).toMatchObject({
    code: 1,
    error: "sluice: Either --since or --from says where the time begins, not both.\n",
  });
});
