import { type RawBuilder, sql } from "kysely";
import type { Dimension } from "../domain/dimension.ts";
import type { RequestsQuery } from "../domain/request-view.ts";
import type { SpendQuery } from "../domain/spend.ts";

/** What a list of calls can be narrowed by. */
export type EntryFilter = Pick<SpendQuery & RequestsQuery, Dimension | "from" | "to" | "time_zone">;

/** Where each dimension stands in `entries`; tags are a list and stand apart. */
export const dimensionColumns: Record<Exclude<Dimension, "tag">, RawBuilder<string | null>> = {
  team: sql`entries.owner_team`,
  user: sql`entries.owner_user`,
  application: sql`entries.owner_application`,
  department: sql`entries.owner_department`,
  // A call whose `dispatched` never came is known by the provider's name of the model only.
  model: sql`coalesce(entries.provider_model, entries.response_model)`,
  provider: sql`entries.provider`,
  key: sql`entries.owner_key`,
  prompt: sql`entries.prompt_template`,
  prompt_version: sql`entries.prompt_template || '@' || entries.prompt_version`,
  workflow: sql`entries.workflow`,
};

/** The conditions of a filter, all of which must hold. */
export function entryConditions(filter: EntryFilter): RawBuilder<boolean>[] {
  const conditions: RawBuilder<boolean>[] = [];
  if (filter.from !== undefined) {
    conditions.push(sql`entries.occurred_at >= ${instantOf(filter.from, filter.time_zone)}`);
  }
  if (filter.to !== undefined) {
    conditions.push(sql`entries.occurred_at < ${instantOf(filter.to, filter.time_zone)}`);
  }
  for (const [dimension, column] of Object.entries(dimensionColumns)) {
    const values = filter[dimension as keyof typeof dimensionColumns];
    if (values !== undefined) conditions.push(isAnyOf(column, values));
  }
  if (filter.tag !== undefined) {
    const named = filter.tag.filter((tag) => tag !== "");
    const parts: RawBuilder<boolean>[] = [];
    if (named.length > 0) parts.push(sql`entries.owner_tags && array[${sql.join(named)}]::text[]`);
    if (named.length < filter.tag.length) parts.push(sql`entries.owner_tags = '{}'`);
    conditions.push(anyOf(parts));
  }
  return conditions;
}

/** Whether a column has one of the values; an empty value stands for none. */
export function isAnyOf(column: RawBuilder<string | null>, values: readonly string[]): RawBuilder<boolean> {
  const named = values.filter((value) => value !== "");
  const parts: RawBuilder<boolean>[] = [];
  if (named.length > 0) parts.push(sql`${column} in (${sql.join(named)})`);
  if (named.length < values.length) parts.push(sql`${column} is null`);
  return anyOf(parts);
}

/** All of the conditions; true when there are none. */
export function allOf(conditions: readonly RawBuilder<boolean>[]): RawBuilder<boolean> {
  return conditions.length === 0 ? sql`true` : sql`${sql.join([...conditions], sql` and `)}`;
}

/** One of the conditions at least. */
export function anyOf(conditions: readonly RawBuilder<boolean>[]): RawBuilder<boolean> {
  return sql`(${sql.join([...conditions], sql` or `)})`;
}

/** An instant; a date is its first moment in the time zone, which the database knows best. */
export function instantOf(text: string, timeZone: string): RawBuilder<Date> {
  return text.includes("T")
    ? sql`${new Date(text).toISOString()}::timestamptz`
    : sql`(${text}::timestamp at time zone ${timeZone})`;
}
