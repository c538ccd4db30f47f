import { type Kysely, type RawBuilder, type Selectable, sql } from "kysely";
import type { ChangesQuery, ChangeView } from "../domain/change-view.ts";
import { changeFromRow } from "./change-codec.ts";
import { allOf, instantOf } from "./entry-conditions.ts";
import type { ChangeTable, LedgerTables } from "./tables.ts";

/** A page of changes with the sort key of its last one. */
export interface ChangesResult {
  changes: ChangeView[];
  /** Undefined on the last page. */
  lastKey: string[] | undefined;
}

/** Columns that a list can be narrowed by the values of. */
const filters = { by: "made_by", kind: "kind", namespace: "namespace", name: "name", type: "type" } as const;

/**
 * What was changed, resource by resource, the newest change first. No row ever changes, so a place in this order stays
 * where it is.
 * @param after Instant, change id, kind, namespace and name of the last row of the page before. @default the first page
 */
export async function findChanges(
  database: Kysely<LedgerTables>,
  query: ChangesQuery,
  after: readonly string[] | undefined,
): Promise<ChangesResult> {
  const conditions: RawBuilder<boolean>[] = [];
  if (query.from !== undefined) {
    conditions.push(sql`occurred_at >= ${instantOf(query.from, query.time_zone)}`);
  }
  if (query.to !== undefined) conditions.push(sql`occurred_at < ${instantOf(query.to, query.time_zone)}`);
  if (query.revision !== undefined) conditions.push(sql`revision = ${query.revision}::bigint`);
  for (const [parameter, column] of Object.entries(filters)) {
    const values = query[parameter as keyof typeof filters];
    if (values !== undefined) conditions.push(sql`${sql.ref(column)} in (${sql.join(values)})`);
  }
  if (after !== undefined) {
    const [occurredAt, changeId, kind, namespace, name] = after;
    conditions.push(sql`(occurred_at, change_id, kind, namespace, name)
      < (${occurredAt}::timestamptz, ${changeId}, ${kind}, ${namespace}, ${name})`);
  }
  const { rows } = await sql<Selectable<ChangeTable>>`
    select * from changes
    where ${allOf(conditions)}
    order by occurred_at desc, change_id desc, kind desc, namespace desc, name desc
    limit ${query.limit + 1}
  `.execute(database);
  const page = rows.slice(0, query.limit);
  const last = rows.length > page.length ? page.at(-1) : undefined;
  return {
    changes: page.map(changeFromRow),
    lastKey:
      last === undefined
        ? undefined
        : [last.occurred_at.toISOString(), last.change_id, last.kind, last.namespace, last.name],
  };
}
