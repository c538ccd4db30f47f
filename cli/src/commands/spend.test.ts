import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { openRecordedTerminal, type RecordedTerminal } from "../testing/recorded-terminal.ts";

const rows = ["blue", "red", null].map((team, index) => ({
  bucket: "2026-06-15T00:00:00Z",
  team,
  requests: index + 1,
  inputTokens: 1000,
  outputTokens: 50,
  cachedInputTokens: 0,
  reasoningTokens: 7,
  costUsd: index === 2 ? null : "0.0123",
  unpricedRequests: index === 2 ? 3 : 0,
}));

/** Stands for the ledger: one row a page, as JSON or as CSV. */
const asked: URL[] = [];
const ledger: Server = createServer((request, response) => {
  const url = new URL(request.url ?? "", "http://ledger");
  asked.push(url);
  if (request.headers.authorization !== "Bearer right") {
    response.writeHead(401).end("{}");
    return;
  }
  if (url.searchParams.get("bucket") === "year") {
    response.writeHead(400).end(JSON.stringify({ error: { message: "bucket is not one of hour, day." } }));
    return;
  }
  const page = Number(url.searchParams.get("cursor") ?? 0);
  const row = rows[page];
  const next = page + 1 < rows.length ? String(page + 1) : null;
  if (request.headers.accept !== "text/csv") {
    response.end(JSON.stringify({ rows: row === undefined ? [] : [row], next }));
    return;
  }
  url.searchParams.set("cursor", String(page + 1));
  if (next !== null) response.setHeader("link", `<${url.pathname}${url.search}>; rel="next"`);
  response.end(`team,requests\n${row?.team ?? ""},${row?.requests}\n`);
});

let terminal: RecordedTerminal;
let url: string;
beforeAll(async () => {
  await new Promise<void>((resolve) => ledger.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(ledger.address() as AddressInfo).port}`;
  terminal = await openRecordedTerminal();
});
beforeEach(() => {
  asked.length = 0;
  Object.assign(terminal.environment, { SLUICE_LEDGER_URL: url, SLUICE_ADMIN_KEY: "right" });
});
afterAll(async () => {
  await terminal.remove();
  await new Promise((resolve) => ledger.close(resolve));
});

test("spend shows all pages as one table, and says when a price is missing", async () => {
  const result = await terminal.run("spend", "--group-by", "team", "--bucket", "day", "--from", "2026-06-15");
  expect(result.code).toBe(0);
  expect(result.out).toBe(
    [
      "BUCKET                TEAM  REQUESTS  INPUT  CACHED  OUTPUT  REASONING  COST USD",
      "2026-06-15T00:00:00Z  blue         1   1000       0      50          7    0.0123",
      "2026-06-15T00:00:00Z  red          2   1000       0      50          7    0.0123",
      "2026-06-15T00:00:00Z  -            3   1000       0      50          7         -",
      "",
    ].join("\n"),
  );
  expect(result.error).toBe("3 requests have no known price; the cost is too low by them.\n");
  const [first] = asked;
  expect(Object.fromEntries(first?.searchParams ?? [])).toEqual({
    group_by: "team",
    bucket: "day",
    from: "2026-06-15T00:00:00Z",
    limit: "1000",
  });
});

test("spend prints JSON as the ledger gives it", async () => {
  const { out } = await terminal.run("spend", "--group-by", "team", "--json");
  expect(JSON.parse(out)).toEqual(rows);
});

test("spend prints CSV with one line of titles", async () => {
  const { out } = await terminal.run("spend", "--group-by", "team", "--csv");
  expect(out).toBe("team,requests\nblue,1\nred,2\n,3\n");
});

test("what the ledger refuses is told in its words", async () => {
  const { code, error } = await terminal.run("spend", "--bucket", "year");
  expect([code, error]).toEqual([1, "sluice: bucket is not one of hour, day.\n"]);
});

test("a wrong admin key, a missing one and a ledger that is not there are told", async () => {
  terminal.environment.SLUICE_ADMIN_KEY = "wrong";
  expect((await terminal.run("spend")).error).toBe("sluice: The ledger refuses the admin key.\n");
  terminal.environment.SLUICE_ADMIN_KEY = "";
  expect((await terminal.run("spend")).error).toContain("SLUICE_ADMIN_KEY is not: set both.");
  Object.assign(terminal.environment, { SLUICE_LEDGER_URL: "http://127.0.0.1:1", SLUICE_ADMIN_KEY: "right" });
  expect((await terminal.run("spend")).error).toBe(
    "sluice: The ledger does not answer at http://127.0.0.1:1: is the mesh running?\n",
  );
  delete terminal.environment.SLUICE_LEDGER_URL;
  expect((await terminal.run("spend")).error).toMatch(/^sluice: No mesh is running here /);
});
