import { type Kysely, sql } from "kysely";
import type { LedgerDatabase } from "./database.ts";
import type { LedgerTables } from "./tables.ts";

/** Names of the advisory lock: Sluice's ledger, its rebuild. */
const [lockSpace, rebuildLock] = [0x51_07ce, 1];

/**
 * Does some work as the only one of all processes on this database. On Postgres the lock belongs to a connection,
 * on which the work is to be done: when it breaks, the work can't go on without the lock. PGlite lets one process
 * in; there, the caller sees to it that the work is not done twice at once.
 *
 * @returns false when another process does it already
 */
export async function asOnlyRebuilder(
  { kysely, kind }: Pick<LedgerDatabase, "kysely" | "kind">,
  work: (connection: Kysely<LedgerTables>) => Promise<void>,
): Promise<boolean> {
  if (kind === "pglite") {
    await work(kysely);
    return true;
  }
  return await kysely.connection().execute(async (connection) => {
    const { rows } = await sql<{ locked: boolean }>`
      select pg_try_advisory_lock(${lockSpace}::integer, ${rebuildLock}::integer) as locked
    `.execute(connection);
    if (rows[0]?.locked !== true) return false;
    try {
      await work(connection);
    } finally {
      // On a connection that is broken there is no lock any more.
      await sql`select pg_advisory_unlock(${lockSpace}::integer, ${rebuildLock}::integer)`
        .execute(connection)
        .catch(() => undefined);
    }
    return true;
  });
}

/** Whether any process on this Postgres holds the lock. */
export async function isRebuilding(database: Kysely<LedgerTables>): Promise<boolean> {
  const { rows } = await sql<{ held: boolean }>`
    select exists (
      select 1 from pg_locks
      where locktype = 'advisory' and classid = ${lockSpace}::integer and objid = ${rebuildLock}::integer
        and database = (select oid from pg_database where datname = current_database())
    ) as held
  `.execute(database);
  return rows[0]?.held === true;
}
