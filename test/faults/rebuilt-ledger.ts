import pg from "pg";
import { runSluice } from "../support/run-sluice.ts";
import type { FaultMesh } from "./fault-mesh.ts";

/** What counts writes, and when the stream took an event: the load that puts events in anew changes the latter. */
const leftOut = ["version", "published_at", "overdue_at"];

/** Rows of a table as text, in an order of their own. */
async function rowsOf(url: string, table: string): Promise<string[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ row: string }>(
      `select (to_jsonb(${table}) - $1::text[])::text as row from ${table}`,
      [leftOut],
    );
    return rows.map(({ row }) => row).sort();
  } finally {
    await client.end();
  }
}

/**
 * Builds the ledger anew from the event stream.
 * @returns how many rows there are, and those that are there only before or only after it
 */
export async function rebuildLedger({
  mesh,
  postgres,
}: FaultMesh): Promise<{ rows: number; onlyBefore: string[]; onlyAfter: string[] }> {
  const read = async (): Promise<string[]> => [
    ...(await rowsOf(postgres.url, "entries")),
    ...(await rowsOf(postgres.url, "decisions")),
  ];
  const before = await read();
  const run = await runSluice(mesh, "ledger", "rebuild");
  if (run.code !== 0) throw new Error(`the rebuild failed: ${run.error}${run.out}`);
  const after = await read();
  return { rows: after.length, onlyBefore: without(before, after), onlyAfter: without(after, before) };
}

function without(rows: readonly string[], others: readonly string[]): string[] {
  const known = new Set(others);
  return rows.filter((row) => !known.has(row));
}
