import type { CallKey } from "@sluice/contracts/call-id";
import { type Kysely, sql } from "kysely";
import {
  createChangeTable,
  createLedgerTables,
  freshTables,
  liveTables,
  type TableNames,
} from "./ledger-tables.ts";
import type { LedgerTables } from "./tables.ts";

/** Deletes the tables of a rebuild that did not come to its end, if there are any. */
export async function dropFreshTables(database: Kysely<LedgerTables>): Promise<void> {
  await sql`drop table if exists ${all(freshTables)}`.execute(database);
}

/** Makes the tables that a rebuild fills, in place of any that are left of an earlier one. */
export async function createFreshTables(database: Kysely<LedgerTables>): Promise<void> {
  await database.transaction().execute(async (transaction) => {
    await dropFreshTables(transaction);
    await createLedgerTables(transaction, freshTables);
    await createChangeTable(transaction, freshTables.changes);
  });
}

/** Lets the planner know how much has come into the tables. */
export async function analyzeFreshTables(database: Kysely<LedgerTables>): Promise<void> {
  await sql`analyze ${all(freshTables)}`.execute(database);
}

/**
 * Calls that the live ledger has given up and the fresh one has not: that is not in the stream, it was decided by
 * the ledger itself.
 */
export async function findGivenUpInLiveOnly(
  database: Kysely<LedgerTables>,
  limit: number,
): Promise<CallKey[]> {
  const { rows } = await sql<CallKey>`
    select fresh.request_id as "requestId", fresh.delivery, fresh.attempt
    from ${sql.id(liveTables.entries)} as live
    join ${sql.id(freshTables.entries)} as fresh using (request_id, delivery, attempt)
    where (live.status = 'unsettled' and fresh.status = 'open')
      or (live.pricing = 'unpriced' and live.dispatched_at is null
        and fresh.status = 'settled' and fresh.pricing = 'pending')
    limit ${limit}
  `.execute(database);
  return rows;
}

/** Keeps everybody from writing to the live tables until the transaction ends; they can be read. */
export async function stopWriters(transaction: Kysely<LedgerTables>): Promise<void> {
  await sql`lock table ${all(liveTables)} in exclusive mode`.execute(transaction);
}

/** Puts the fresh tables in the place of the live ones. Whoever waits for those goes on with the fresh ones. */
export async function putFreshTablesInPlace(transaction: Kysely<LedgerTables>): Promise<void> {
  await sql`drop table ${all(liveTables)}`.execute(transaction);
  for (const table of Object.keys(liveTables) as (keyof TableNames)[]) {
    const [fresh, live] = [freshTables[table], liveTables[table]];
    await sql`alter table ${sql.id(fresh)} rename to ${sql.id(live)}`.execute(transaction);
    await renameParts(transaction, fresh, live);
  }
}

function all(names: TableNames) {
  return sql.join(Object.values(names).map((name) => sql.id(name)));
}

/** Names of indexes are names of the whole schema: the next fresh tables need them again. */
async function renameParts(transaction: Kysely<LedgerTables>, fresh: string, live: string): Promise<void> {
  const { rows: indexes } = await sql<{ name: string }>`
    select relname as name from pg_index join pg_class on pg_class.oid = indexrelid
    where indrelid = ${live}::regclass
  `.execute(transaction);
  for (const { name } of indexes.filter((index) => index.name.startsWith(fresh))) {
    const renamed = live + name.slice(fresh.length);
    await sql`alter index ${sql.id(name)} rename to ${sql.id(renamed)}`.execute(transaction);
  }
  // Those of the keys have taken the names of their indexes by now.
  const { rows: constraints } = await sql<{ name: string }>`
    select conname as name from pg_constraint where conrelid = ${live}::regclass
  `.execute(transaction);
  for (const { name } of constraints.filter((constraint) => constraint.name.startsWith(fresh))) {
    const renamed = live + name.slice(fresh.length);
    await sql`alter table ${sql.id(live)} rename constraint ${sql.id(name)} to ${sql.id(renamed)}`.execute(
      transaction,
    );
  }
}
