import { type Kysely, sql } from "kysely";
import { type Migration, Migrator } from "kysely/migration";
import type { LedgerTables } from "./tables.ts";

/**
 * The first form of the ledger. The key begins with the request id, a UUIDv7, which grows with time: should
 * a large Postgres want `entries` in partitions by time, ranges of the key are ranges of time.
 * Indexes for rare states are partial: they stay small however long the ledger gets.
 */
const initialTables: Migration = {
  async up(database: Kysely<unknown>): Promise<void> {
    const statements = [
      sql`create table entries (
        request_id uuid not null,
        delivery integer not null,
        attempt integer not null,
        version integer not null,
        status text not null check (status in ('open', 'settled', 'unsettled')),
        occurred_at timestamptz not null,
        dispatched_at timestamptz,
        deadline_at timestamptz,
        configuration_revision bigint,
        owner_key text,
        owner_user text,
        owner_team text,
        owner_application text,
        owner_department text,
        owner_tags text[] not null,
        operation text,
        dialect text,
        request_model text,
        backend text,
        provider text,
        provider_model text,
        stream boolean,
        estimated_usage jsonb,
        settled_at timestamptz,
        outcome text,
        response_model text,
        provider_status integer,
        provider_request_id text,
        duration_ms double precision,
        time_to_first_token_ms double precision,
        usage_source text,
        input_tokens bigint,
        output_tokens bigint,
        cached_input_tokens bigint,
        cache_write_input_tokens bigint,
        cache_write_one_hour_input_tokens bigint,
        reasoning_tokens bigint,
        input_audio_tokens bigint,
        output_audio_tokens bigint,
        pricing text not null check (pricing in ('pending', 'priced', 'unpriced')),
        cost_nano_usd bigint check ((cost_nano_usd is not null) = (pricing = 'priced')),
        price jsonb,
        trace_id text,
        primary key (request_id, delivery, attempt)
      )`,
      sql`create index entries_occurred_at on entries (occurred_at)`,
      sql`create index entries_owner_tags on entries using gin (owner_tags)`,
      sql`create index entries_open on entries (deadline_at) where status = 'open'`,
      sql`create index entries_unsettled on entries (request_id) where status = 'unsettled'`,
      sql`create index entries_pending on entries (settled_at) where status = 'settled' and pricing = 'pending'`,
      sql`create index entries_unpriced on entries (request_id) where pricing = 'unpriced'`,
      sql`create table decisions (
        request_id uuid not null,
        service text not null,
        policy text not null,
        direction text not null,
        rule text not null,
        action text not null,
        count bigint not null,
        occurred_at timestamptz not null,
        owner_key text not null,
        owner_user text,
        owner_team text,
        owner_application text,
        owner_department text,
        owner_tags text[] not null,
        request_model text not null,
        primary key (request_id, service, policy, direction, rule, action)
      )`,
      sql`create index decisions_occurred_at on decisions (occurred_at)`,
      sql`create table rejected_events (
        digest text primary key,
        subject text not null,
        data bytea not null,
        reason text not null,
        stream_sequence bigint not null,
        published_at timestamptz not null
      )`,
    ];
    for (const statement of statements) await statement.execute(database);
  },
};

const migrations: Record<string, Migration> = { "0001-initial-tables": initialTables };

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
