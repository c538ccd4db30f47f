import { decisionSchema } from "@sluice/contracts/decision";
import { type Kysely, type RawBuilder, sql } from "kysely";
import type { Entry } from "../domain/entry.ts";
import type { DecisionView, FeedbackView, ListStatus, RequestsQuery } from "../domain/request-view.ts";
import { entryFromRow } from "./entry-codec.ts";
import { allOf, anyOf, entryConditions } from "./entry-conditions.ts";
import { findFeedback } from "./feedback-store.ts";
import type { EntryTable, LedgerTables } from "./tables.ts";

/** A page of calls with the sort key of its last one. */
export interface CallsResult {
  entries: Entry[];
  /** Undefined on the last page. */
  lastKey: string[] | undefined;
}

const statusConditions: Record<ListStatus, RawBuilder<boolean>> = {
  open: sql`entries.status = 'open'`,
  settled: sql`entries.status = 'settled'`,
  unsettled: sql`entries.status = 'unsettled'`,
  unpriced: sql`entries.pricing = 'unpriced'`,
  estimated: sql`entries.usage_source = 'estimated'`,
  reconciled: sql`entries.usage_source = 'statement'`,
};

/**
 * Provider calls, the newest request first. Request ids grow with time and never change, so a place in this
 * order stays where it is whatever is written meanwhile.
 *
 * @param after Request id, delivery and attempt of the last call of the page before. @default the first page
 */
export async function findCalls(
  database: Kysely<LedgerTables>,
  query: RequestsQuery,
  after: readonly string[] | undefined,
): Promise<CallsResult> {
  const conditions = entryConditions(query);
  if (query.status.length > 0) conditions.push(anyOf(query.status.map((status) => statusConditions[status])));
  if (after !== undefined) {
    const [requestId, delivery, attempt] = after;
    conditions.push(
      sql`(request_id, delivery, attempt) < (${requestId}::uuid, ${delivery}::integer, ${attempt}::integer)`,
    );
  }
  const { rows } = await sql<EntryTable>`
    select entries.* from entries
    where ${allOf(conditions)}
    order by request_id desc, delivery desc, attempt desc
    limit ${query.limit + 1}
  `.execute(database);
  const page = rows.slice(0, query.limit);
  const last = page.at(-1);
  return {
    entries: page.map(entryFromRow),
    lastKey:
      rows.length > page.length && last !== undefined
        ? [last.request_id, String(last.delivery), String(last.attempt)]
        : undefined,
  };
}

/**
 * All calls of one request in their order, those of its steps among them, what was decided about it, and what its
 * client said of the reply.
 */
export async function findRequest(
  database: Kysely<LedgerTables>,
  requestId: string,
): Promise<{ entries: Entry[]; decisions: DecisionView[]; feedback: FeedbackView[] }> {
  const calls = await database
    .selectFrom("entries")
    .selectAll()
    .where((where) =>
      where.or([where("request_id", "=", requestId), where("parent_request_id", "=", requestId)]),
    )
    .orderBy("request_id")
    .orderBy("delivery")
    .orderBy("attempt")
    .execute();
  const decisions = await database
    .selectFrom("decisions")
    .selectAll()
    .where("request_id", "in", [...new Set([requestId, ...calls.map((call) => call.request_id)])])
    .orderBy("occurred_at")
    .orderBy("service")
    .orderBy("policy")
    .orderBy("direction")
    .orderBy("rule")
    .orderBy("action")
    .execute();
  return {
    feedback: await findFeedback(database, requestId),
    entries: calls.map(entryFromRow),
    decisions: decisions.map((row) => ({
      ...decisionSchema.parse({
        ...row,
        count: Number(row.count),
        rule: row.rule === "" ? undefined : row.rule,
      }),
      occurredAt: row.occurred_at.toISOString(),
      requestModel: row.request_model,
      owner: {
        keyId: row.owner_key,
        ...(row.owner_user === null ? {} : { user: row.owner_user }),
        ...(row.owner_team === null ? {} : { team: row.owner_team }),
        ...(row.owner_application === null ? {} : { application: row.owner_application }),
        ...(row.owner_department === null ? {} : { department: row.owner_department }),
        tags: row.owner_tags,
      },
    })),
  };
}
