import { formatUsd } from "@sluice/pricing/format-usd";
import { type Kysely, type RawBuilder, sql } from "kysely";
import type { Dimension } from "../domain/dimension.ts";
import { formatInZone, type SpendQuery, type SpendRow } from "../domain/spend.ts";
import { allOf, dimensionColumns, entryConditions, isAnyOf } from "./entry-conditions.ts";
import type { LedgerTables } from "./tables.ts";

/** A page of spend with the sort key of its last row. */
export interface SpendResult {
  rows: SpendRow[];
  /** Undefined on the last page. */
  lastKey: string[] | undefined;
}

type Count = bigint | string;

interface SpendRecord extends Partial<Record<Dimension, string | null>> {
  bucket: Date;
  local_bucket: string;
  sort_key: string[];
  requests: Count;
  calls: Count;
  cache_hits: Count;
  input_tokens: Count;
  output_tokens: Count;
  cached_input_tokens: Count;
  cache_write_input_tokens: Count;
  reasoning_tokens: Count;
  input_audio_tokens: Count;
  output_audio_tokens: Count;
  cost_nano_usd: string | null;
  saved_input_tokens: Count;
  saved_output_tokens: Count;
  saved_cost_nano_usd: Count;
  unpriced_hits: Count;
  unpriced_requests: Count;
  estimated_requests: Count;
  open_requests: Count;
}

/**
 * Adds up what was spent, in groups and buckets, in the order of bucket and group.
 *
 * @param after Sort key of the last row of the page before; as many parts as the query has groups, and one
 *   more before them where there are buckets. @default the first page
 */
export async function findSpend(
  database: Kysely<LedgerTables>,
  query: SpendQuery,
  after: readonly string[] | undefined,
): Promise<SpendResult> {
  const groups = query.group_by.map((dimension) => sql.ref(dimension));
  const bucketed = query.bucket !== undefined;
  const sortKey = [...(bucketed ? [sql`bucket`] : []), ...groups.map(sortText)];
  const grouping = [...(bucketed ? [sql`bucket`] : []), ...groups];
  const { rows } = await sql<SpendRecord>`
    select
      ${sql.join([...grouping, sortKeyArray(sortKey)])},
      ${bucketed ? localText(query.time_zone) : sql`null`} as local_bucket,
      count(distinct request_id) as requests,
      count(*) filter (where outcome is distinct from 'cached') as calls,
      count(*) filter (where outcome = 'cached') as cache_hits,
      ${sql.join(tokenColumns.map(sumOf))},
      case when count(cost_nano_usd) = 0 and count(*) > 0 then null
        else coalesce(sum(cost_nano_usd), 0)::text end as cost_nano_usd,
      coalesce(sum(saved_cost_nano_usd), 0)::text as saved_cost_nano_usd,
      count(*) filter (where saved_input_tokens is not null and saved_cost_nano_usd is null) as unpriced_hits,
      count(distinct request_id) filter (where pricing = 'unpriced') as unpriced_requests,
      count(distinct request_id) filter (where usage_source = 'estimated') as estimated_requests,
      count(distinct request_id) filter (where status = 'open') as open_requests
    from (${callsOf(query)}) as calls
    where ${after === undefined ? sql`true` : comesAfter(sortKey, after, bucketed)}
    ${grouping.length === 0 ? sql`` : sql`group by ${sql.join(grouping)} order by ${sql.join(sortKey)}`}
    limit ${query.limit + 1}
  `.execute(database);
  const page = rows.slice(0, query.limit);
  return {
    rows: page.map((row) => spendRow(row, query)),
    lastKey: rows.length > page.length ? page.at(-1)?.sort_key : undefined,
  };
}

const tokenColumns = [
  "input_tokens",
  "output_tokens",
  "cached_input_tokens",
  "cache_write_input_tokens",
  "reasoning_tokens",
  "input_audio_tokens",
  "output_audio_tokens",
  "saved_input_tokens",
  "saved_output_tokens",
] as const;

/** The calls that the query is about, with what they are grouped by; by tag, a call stands once per tag. */
function callsOf(query: SpendQuery): RawBuilder<unknown> {
  const columns = query.group_by.map((dimension) =>
    dimension === "tag" ? sql`tags.tag` : sql`${dimensionColumns[dimension]} as ${sql.ref(dimension)}`,
  );
  if (query.bucket !== undefined) {
    columns.push(sql`date_trunc(${query.bucket}, entries.occurred_at, ${query.time_zone}) as bucket`);
  }
  const conditions = entryConditions(query);
  const byTag = query.group_by.includes("tag");
  // Asked for some tags by tag, the other tags of the same calls would only confuse.
  if (byTag && query.tag !== undefined) conditions.push(isAnyOf(sql`tags.tag`, query.tag));
  return sql`
    select ${sql.join([
      ...columns,
      sql`entries.request_id`,
      sql`entries.status`,
      sql`entries.outcome`,
      sql`entries.pricing`,
      sql`entries.usage_source`,
      sql`entries.cost_nano_usd`,
      sql`entries.saved_cost_nano_usd`,
      ...tokenColumns.map((column) => sql.ref(`entries.${column}`)),
    ])}
    from entries
    ${byTag ? sql`left join lateral unnest(entries.owner_tags) as tags (tag) on true` : sql``}
    where ${allOf(conditions)}
  `;
}

function sumOf(column: (typeof tokenColumns)[number]): RawBuilder<Count> {
  return sql`coalesce(sum(${sql.ref(column)}), 0)::text as ${sql.ref(column)}`;
}

/** Text to sort a group by: none before all others, and the same order on every database and locale. */
function sortText(group: RawBuilder<unknown>): RawBuilder<string> {
  return sql`coalesce('=' || ${group}, '') collate "C"`;
}

function sortKeyArray(sortKey: readonly RawBuilder<unknown>[]): RawBuilder<string[]> {
  const parts = sortKey.map((part) => sql`(${part})::text`);
  return parts.length === 0 ? sql`'{}'::text[] as sort_key` : sql`array[${sql.join(parts)}] as sort_key`;
}

function comesAfter(
  sortKey: readonly RawBuilder<unknown>[],
  after: readonly string[],
  bucketed: boolean,
): RawBuilder<boolean> {
  const values = after.map((value, index) =>
    bucketed && index === 0 ? sql`${value}::timestamptz` : sql`${value}::text`,
  );
  return sql`(${sql.join([...sortKey])}) > (${sql.join(values)})`;
}

function localText(timeZone: string): RawBuilder<string> {
  return sql`to_char(bucket at time zone ${timeZone}, 'YYYY-MM-DD"T"HH24:MI:SS')`;
}

function spendRow(record: SpendRecord, query: SpendQuery): SpendRow {
  const groups = Object.fromEntries(
    query.group_by.map((dimension) => [dimension, record[dimension] ?? null]),
  );
  return {
    ...(query.bucket === undefined ? {} : { bucket: formatInZone(record.bucket, record.local_bucket) }),
    ...groups,
    requests: Number(record.requests),
    calls: Number(record.calls),
    inputTokens: Number(record.input_tokens),
    outputTokens: Number(record.output_tokens),
    cachedInputTokens: Number(record.cached_input_tokens),
    cacheWriteInputTokens: Number(record.cache_write_input_tokens),
    reasoningTokens: Number(record.reasoning_tokens),
    inputAudioTokens: Number(record.input_audio_tokens),
    outputAudioTokens: Number(record.output_audio_tokens),
    costUsd: record.cost_nano_usd === null ? null : formatUsd(BigInt(record.cost_nano_usd)),
    unpricedRequests: Number(record.unpriced_requests),
    estimatedRequests: Number(record.estimated_requests),
    openRequests: Number(record.open_requests),
    cacheHits: Number(record.cache_hits),
    savedInputTokens: Number(record.saved_input_tokens),
    savedOutputTokens: Number(record.saved_output_tokens),
    savedUsd: formatUsd(BigInt(record.saved_cost_nano_usd)),
    unpricedCacheHits: Number(record.unpriced_hits),
  };
}
