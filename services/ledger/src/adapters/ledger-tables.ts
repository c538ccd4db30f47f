import { type QueryExecutorProvider, type RawBuilder, sql } from "kysely";

/** Names of the tables that are filled from the event stream. */
export interface TableNames {
  entries: string;
  decisions: string;
  feedback: string;
  changes: string;
}

/** What the API reads and the events are booked into. */
export const liveTables: TableNames = {
  entries: "entries",
  decisions: "decisions",
  feedback: "feedback",
  changes: "changes",
};

/** What a rebuild fills, beside the live ones. */
export const freshTables: TableNames = {
  entries: "entries_fresh",
  decisions: "decisions_fresh",
  feedback: "feedback_fresh",
  changes: "changes_fresh",
};

/**
 * Makes the tables of calls, decisions and feedback, empty. The key of the entries begins with the request id, a
 * UUIDv7, which grows with time:
 * should a large Postgres want them in partitions by time, ranges of the key are ranges of time. Indexes for rare
 * states are partial: they stay small however long the ledger gets. Providers' ids have no order that is asked
 * for and no length that is sure: a hash index takes them all.
 */
export async function createLedgerTables(
  database: QueryExecutorProvider,
  names: Omit<TableNames, "changes">,
): Promise<void> {
  const entries = sql.id(names.entries);
  const decisions = sql.id(names.decisions);
  const statements = [
    sql`create table ${entries} (
      request_id uuid not null,
      delivery integer not null,
      attempt integer not null,
      version integer not null,
      status text not null check (status in ('open', 'settled', 'unsettled')),
      published_at timestamptz not null,
      overdue_at timestamptz not null,
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
      prompt_template text,
      prompt_version text,
      estimated_usage jsonb,
      estimated_price jsonb,
      workflow text,
      workflow_step text,
      parent_request_id uuid,
      settled_at timestamptz,
      outcome text,
      response_model text,
      provider_status integer,
      provider_request_id text,
      duration_ms double precision,
      time_to_first_token_ms double precision,
      settled_figures jsonb,
      reconciled_at timestamptz,
      statement text,
      reconciled_figures jsonb,
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
      saved_input_tokens bigint,
      saved_output_tokens bigint,
      saved_cost_nano_usd bigint,
      trace_id text,
      primary key (request_id, delivery, attempt)
    )`,
    sql`create index ${sql.id(`${names.entries}_occurred_at`)} on ${entries} (occurred_at)`,
    sql`create index ${sql.id(`${names.entries}_owner_tags`)} on ${entries} using gin (owner_tags)`,
    sql`create index ${sql.id(`${names.entries}_provider_request_id`)} on ${entries}
      using hash (provider_request_id) where provider_request_id is not null`,
    sql`create index ${sql.id(`${names.entries}_parent_request_id`)} on ${entries} (parent_request_id)
      where parent_request_id is not null`,
    sql`create index ${sql.id(`${names.entries}_open`)} on ${entries} (overdue_at) where status = 'open'`,
    sql`create index ${sql.id(`${names.entries}_pending`)} on ${entries} (overdue_at)
      where status = 'settled' and pricing = 'pending'`,
    sql`create index ${sql.id(`${names.entries}_unsettled`)} on ${entries} (request_id)
      where status = 'unsettled'`,
    sql`create index ${sql.id(`${names.entries}_unpriced`)} on ${entries} (request_id)
      where pricing = 'unpriced'`,
    promptIndex(names.entries),
    sql`create table ${decisions} (
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
    sql`create index ${sql.id(`${names.decisions}_occurred_at`)} on ${decisions} (occurred_at)`,
    feedbackTable(names.feedback),
  ];
  for (const statement of statements) await statement.execute(database);
}

/** Most calls have no prompt template, so the index has only those that do. */
export function promptIndex(entries: string): RawBuilder<unknown> {
  return sql`create index ${sql.id(`${entries}_prompt`)} on ${sql.id(entries)} (prompt_template, occurred_at)
    where prompt_template is not null`;
}

export function feedbackTable(name: string): RawBuilder<unknown> {
  return sql`create table ${sql.id(name)} (
    request_id uuid not null,
    owner_key text not null,
    owner_user text,
    owner_team text,
    score double precision not null,
    comment text,
    given_at timestamptz not null,
    primary key (request_id, owner_key)
  )`;
}

/** Makes the table of changes of the configuration, empty. */
export async function createChangeTable(database: QueryExecutorProvider, name: string): Promise<void> {
  const changes = sql.id(name);
  await sql`create table ${changes} (
    change_id text not null,
    kind text not null,
    namespace text not null,
    name text not null,
    type text not null,
    revision bigint not null,
    previous_revision bigint not null,
    occurred_at timestamptz not null,
    made_by text not null,
    origin text not null,
    change text not null,
    reason text,
    diff text not null,
    primary key (change_id, kind, namespace, name)
  )`.execute(database);
  await sql`create index ${sql.id(`${name}_occurred_at`)} on ${changes} (occurred_at)`.execute(database);
}
