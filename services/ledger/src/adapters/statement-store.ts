import type { CallKey } from "@sluice/contracts/call-id";
import { type Kysely, type RawBuilder, sql } from "kysely";
import type { Entry } from "../domain/entry.ts";
import { entryFromRow } from "./entry-codec.ts";
import { allOf } from "./entry-conditions.ts";
import type { EntryTable, LedgerTables } from "./tables.ts";

/** Which calls a statement can be about. */
export interface StatementScope {
  provider: string;
  backend?: string | undefined;
}

/** A row of a statement, by its number, and the call that it is about. */
export interface RowMatch {
  number: number;
  key: CallKey;
}

interface MatchRow extends CallKey {
  number: number;
}

/** Finds the calls that rows name by Sluice's own names of them. */
export async function matchByKey(
  database: Kysely<LedgerTables>,
  scope: StatementScope,
  rows: readonly RowMatch[],
): Promise<RowMatch[]> {
  const json = JSON.stringify(
    rows.map(({ number, key }) => ({
      number,
      request_id: key.requestId,
      delivery: key.delivery,
      attempt: key.attempt,
    })),
  );
  const result = await sql<MatchRow>`
    select wanted.number, entries.request_id as "requestId", entries.delivery, entries.attempt
    from jsonb_to_recordset(${json}::jsonb)
      as wanted (number integer, request_id uuid, delivery integer, attempt integer)
    join entries using (request_id, delivery, attempt)
    where ${allOf(scopeConditions(scope))}
  `.execute(database);
  return result.rows.map(rowMatch);
}

/** Finds the calls that rows name by the provider's ids. Where several calls have one id, all of them are found. */
export async function matchByProviderId(
  database: Kysely<LedgerTables>,
  scope: StatementScope,
  rows: readonly { number: number; providerRequestId: string }[],
): Promise<RowMatch[]> {
  const json = JSON.stringify(rows.map((row) => ({ number: row.number, id: row.providerRequestId })));
  const result = await sql<MatchRow>`
    select wanted.number, entries.request_id as "requestId", entries.delivery, entries.attempt
    from jsonb_to_recordset(${json}::jsonb) as wanted (number integer, id text)
    join entries on entries.provider_request_id = wanted.id
    where ${allOf(scopeConditions(scope))}
  `.execute(database);
  return result.rows.map(rowMatch);
}

/**
 * Calls of some time whose figures are not the provider's, in the order of their keys.
 * @param after the last call of the page before. @default the first page
 */
export async function findUnconfirmed(
  database: Kysely<LedgerTables>,
  scope: StatementScope,
  period: { fromMs: number; toMs: number },
  limit: number,
  after: CallKey | undefined,
): Promise<Entry[]> {
  const conditions = [
    ...scopeConditions(scope),
    sql<boolean>`entries.dispatched_at is not null`,
    sql<boolean>`entries.occurred_at >= ${new Date(period.fromMs).toISOString()}::timestamptz`,
    sql<boolean>`entries.occurred_at < ${new Date(period.toMs).toISOString()}::timestamptz`,
    sql<boolean>`(entries.status = 'open' or entries.usage_source = 'estimated')`,
  ];
  if (after !== undefined) {
    conditions.push(
      sql`(request_id, delivery, attempt)
        > (${after.requestId}::uuid, ${after.delivery}::integer, ${after.attempt}::integer)`,
    );
  }
  const { rows } = await sql<EntryTable>`
    select entries.* from entries
    where ${allOf(conditions)}
    order by request_id, delivery, attempt
    limit ${limit}
  `.execute(database);
  return rows.map(entryFromRow);
}

/** A call whose `dispatched` is missing may be of any provider. */
function scopeConditions({ provider, backend }: StatementScope): RawBuilder<boolean>[] {
  const conditions = [sql<boolean>`(entries.provider = ${provider} or entries.provider is null)`];
  if (backend !== undefined) {
    conditions.push(sql`(entries.backend = ${backend} or entries.backend is null)`);
  }
  return conditions;
}

function rowMatch({ number, requestId, delivery, attempt }: MatchRow): RowMatch {
  return { number, key: { requestId, delivery, attempt } };
}
