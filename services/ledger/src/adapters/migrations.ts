import { type Kysely, sql } from "kysely";
import { type Migration, Migrator } from "kysely/migration";
import { createChangeTable, createLedgerTables, liveTables } from "./ledger-tables.ts";
import type { LedgerTables } from "./tables.ts";

const initialTables: Migration = {
  async up(database: Kysely<unknown>): Promise<void> {
    await createLedgerTables(database, liveTables);
    await sql`create table rebuilds (
      is_latest boolean primary key check (is_latest),
      generation integer not null,
      instance text not null,
      started_at timestamptz not null,
      finished_at timestamptz,
      events_done bigint not null,
      events_total bigint not null,
      dead_letters bigint not null,
      error text
    )`.execute(database);
  },
};

const changes: Migration = {
  async up(database: Kysely<unknown>): Promise<void> {
    await createChangeTable(database, liveTables.changes);
  },
};

const migrations: Record<string, Migration> = {
  "0001-initial-tables": initialTables,
  "0002-changes": changes,
};

/**
 * Brings the tables to the form that this release works with. Safe to run by several processes at once:
 * Kysely takes a lock in the database.
 * @throws what the database throws; nothing is half done then
 */
export async function migrate(database: Kysely<LedgerTables>): Promise<void> {
  const migrator = new Migrator({ db: database, provider: { getMigrations: async () => migrations } });
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined) throw error;
}
