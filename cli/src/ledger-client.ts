import { z } from "zod";
import { CommandError } from "./command-error.ts";
import type { LedgerAddress } from "./find-mesh.ts";

const answerTimeoutMs = 30_000;
const pageRows = "1000";

/** A row of a list of the ledger: amounts and names by the names of their columns. */
export type LedgerRow = Record<string, string | number | null>;

const pageSchema = z.object({
  rows: z.array(z.record(z.string(), z.union([z.string(), z.number(), z.null()]))),
  next: z.string().nullish(),
});
const refusalSchema = z.object({ error: z.object({ message: z.string() }) });

/** Reads all rows of a list of the ledger, page by page. @throws CommandError when it does not answer or refuses */
export async function readLedgerRows(
  ledger: LedgerAddress,
  path: string,
  query: URLSearchParams,
): Promise<LedgerRow[]> {
  const rows: LedgerRow[] = [];
  let cursor: string | undefined;
  do {
    const response = await ask(ledger, listUrl(ledger, path, query, cursor), "application/json");
    const page = pageSchema.parse(await response.json());
    rows.push(...page.rows);
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
  return rows;
}

/** Hands a list of the ledger over as CSV, page by page, with one line of titles. @throws CommandError as above */
export async function writeLedgerCsv(
  ledger: LedgerAddress,
  path: string,
  query: URLSearchParams,
  write: (text: string) => void,
): Promise<void> {
  let url: URL | undefined = listUrl(ledger, path, query, undefined);
  for (let first = true; url !== undefined; first = false) {
    const response = await ask(ledger, url, "text/csv");
    const text = await response.text();
    write(first ? text : text.slice(text.indexOf("\n") + 1));
    const [, next] = /<([^>]+)>;\s*rel="next"/.exec(response.headers.get("link") ?? "") ?? [];
    url = next === undefined ? undefined : new URL(next, ledger.url);
  }
}

/** Reads one thing of the ledger. @throws CommandError as above */
export async function getFromLedger(ledger: LedgerAddress, path: string): Promise<unknown> {
  const response = await ask(ledger, new URL(path, ledger.url), "application/json");
  return await response.json();
}

/**
 * Has the ledger do something, and gives its answer.
 * @param body sent as JSON. @default none
 * @throws CommandError as above
 */
export async function postToLedger(
  ledger: LedgerAddress,
  path: string,
  body?: unknown,
  timeoutMs: number = answerTimeoutMs,
): Promise<unknown> {
  const json =
    body === undefined ? {} : { headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
  const order = { method: "POST", ...json, timeoutMs };
  const response = await ask(ledger, new URL(path, ledger.url), "application/json", order);
  return await response.json();
}

function listUrl(
  ledger: LedgerAddress,
  path: string,
  query: URLSearchParams,
  cursor: string | undefined,
): URL {
  const url = new URL(path, ledger.url);
  url.search = query.toString();
  url.searchParams.set("limit", pageRows);
  if (cursor !== undefined) url.searchParams.set("cursor", cursor);
  return url;
}

interface Order {
  method?: string;
  headers?: Record<string, string>;
  body?: string;
  timeoutMs?: number;
}

async function ask(ledger: LedgerAddress, url: URL, accept: string, order: Order = {}): Promise<Response> {
  const { timeoutMs = answerTimeoutMs, headers, ...rest } = order;
  let response: Response;
  try {
    response = await fetch(url, {
      ...rest,
      headers: { ...headers, accept, authorization: `Bearer ${ledger.adminKey}` },
      signal: AbortSignal.timeout(timeoutMs),
    });
  } catch (cause) {
    throw new CommandError(`The ledger does not answer at ${url.origin}: is the mesh running?`, { cause });
  }
  if (response.ok) return response;
  if (response.status === 401) throw new CommandError("The ledger refuses the admin key.");
  const refusal = refusalSchema.safeParse(await response.json().catch(() => undefined));
  throw new CommandError(
    refusal.data?.error.message ?? `The ledger answered with status ${response.status}.`,
  );
}
