import { type Kysely, sql } from "kysely";
import { type Migration, Migrator } from "kysely/migration";
import {
  createChangeTable,
  createLedgerTables,
  feedbackTable,
  liveTables,
  promptIndex,
} from "./ledger-tables.ts";
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

/** On a database that an earlier release has made; the initial tables of this one have all of it. */
const prompts: Migration = {
  async up(database: Kysely<unknown>): Promise<void> {
    const entries = sql.id(liveTables.entries);
    const { rows } = await sql`select from information_schema.columns
      where table_schema = current_schema() and table_name = ${liveTables.entries}
        and column_name = 'prompt_template'`.execute(database);
    if (rows.length > 0) return;
    await sql`alter table ${entries} add column prompt_template text, add column prompt_version text`.execute(
      database,
    );
    await promptIndex(liveTables.entries).execute(database);
    await feedbackTable(liveTables.feedback).execute(database);
  },
};

/** For tables of before; those made today have it all. */
const workflowSteps: Migration = {
  async up(database: Kysely<unknown>): Promise<void> {
    await sql`alter table entries
      add column if not exists workflow text,
      add column if not exists workflow_step text,
      add column if not exists parent_request_id uuid`.execute(database);
    await sql`create index if not exists entries_parent_request_id on entries (parent_request_id)
      where parent_request_id is not null`.execute(database);
  },
};

const changes: Migration = {
  async up(database: Kysely<unknown>): Promise<void> {
    await createChangeTable(database, liveTables.changes);
  },
};

/** For tables of before; those made today have it all. */
const cacheSavings: Migration = {
  async up(database: Kysely<unknown>): Promise<void> {
    await sql`alter table entries
      add column if not exists saved_input_tokens bigint,
      add column if not exists saved_output_tokens bigint,
      add column if not exists saved_cost_nano_usd bigint`.execute(database);
  },
};

const migrations: Record<string, Migration> = {
  "0001-initial-tables": initialTables,
  "0002-prompts": prompts,
  "0003-workflow-steps": workflowSteps,
  "0004-changes": changes,
  "0005-cache-savings": cacheSavings,
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
