import { type Kysely, type RawBuilder, sql } from "kysely";
import type { GivenFeedback } from "../domain/given-feedback.ts";
import type { FeedbackView } from "../domain/request-view.ts";
import type { LedgerTables } from "./tables.ts";

/** Writes feedback: of what a key said of a request several times, the last counts, whatever the order of the writes. */
export async function writeFeedback(
  database: Kysely<LedgerTables>,
  tableName: string,
  feedback: readonly GivenFeedback[],
): Promise<void> {
  if (feedback.length === 0) return;
  const json = JSON.stringify(
    feedback.map(({ requestId, keyId, user, team, score, comment, atMs }) => ({
      request_id: requestId,
      owner_key: keyId,
      owner_user: user ?? null,
      owner_team: team ?? null,
      score,
      comment: comment ?? null,
      given_at: new Date(atMs).toISOString(),
    })),
  );
  const table = sql.id(tableName);
  await sql`
    insert into ${table} as known
    select * from jsonb_populate_recordset(null::${table}, ${json}::jsonb)
    on conflict (request_id, owner_key) do update set
      owner_user = excluded.owner_user, owner_team = excluded.owner_team, score = excluded.score,
      comment = excluded.comment, given_at = excluded.given_at
    where (excluded.given_at, excluded.score, coalesce(excluded.comment, '') collate "C")
      > (known.given_at, known.score, coalesce(known.comment, '') collate "C")
  `.execute(database);
}

/**
 * Whether feedback is from whom the request was: the same key, user or team. Requests of others are none of their
 * business, and count for nothing.
 */
export const isOfOwner: RawBuilder<boolean> = sql`(feedback.owner_key = entries.owner_key
  or feedback.owner_user = entries.owner_user or feedback.owner_team = entries.owner_team)`;

/** What was said of a request, the earliest first. */
export async function findFeedback(
  database: Kysely<LedgerTables>,
  requestId: string,
): Promise<FeedbackView[]> {
  const { rows } = await sql<{
    owner_key: string;
    score: number;
    comment: string | null;
    given_at: Date;
    counts: boolean;
  }>`
    select feedback.owner_key, feedback.score, feedback.comment, feedback.given_at,
      exists (select from entries where entries.request_id = feedback.request_id and ${isOfOwner}) as counts
    from feedback where feedback.request_id = ${requestId}::uuid
    order by feedback.given_at, feedback.owner_key
  `.execute(database);
  return rows.map((row) => ({
    key: row.owner_key,
    score: row.score,
    comment: row.comment,
    givenAt: row.given_at.toISOString(),
    counts: row.counts,
  }));
}
