import { formatUsd } from "@sluice/pricing/format-usd";
import { type Kysely, sql } from "kysely";
import type { PromptVersionRow, PromptVersionsQuery } from "../domain/prompt-comparison.ts";
import { allOf, entryConditions } from "./entry-conditions.ts";
import { isOfOwner } from "./feedback-store.ts";
import type { LedgerTables } from "./tables.ts";

type Count = bigint | string;

interface VersionRecord {
  version: string;
  requests: Count;
  open_requests: Count;
  failed_requests: Count;
  ended_requests: Count;
  input_tokens: Count;
  output_tokens: Count;
  cost_nano_usd: string | null;
  unpriced_requests: Count;
  cache_hits: Count;
  latency_p50: number | null;
  latency_p95: number | null;
  first_token_p50: number | null;
  feedback_count: Count;
  mean_score: number | null;
}

/**
 * How the versions of a prompt template have fared, by request: one of several calls has failed when all of them have.
 * Calls that were never made say nothing.
 */
export async function comparePromptVersions(
  database: Kysely<LedgerTables>,
  name: string,
  query: PromptVersionsQuery,
): Promise<PromptVersionRow[]> {
  const filter = { ...query, prompt: [name] };
  const { rows } = await sql<VersionRecord>`
    with calls as (
      select entries.* from entries
      where ${allOf(entryConditions(filter))} and entries.outcome is distinct from 'not_called'
    ),
    requests as (
      select prompt_version as version, request_id,
        bool_or(status = 'open') as is_open,
        bool_or(outcome in ('completed', 'cached')) as is_answered,
        bool_or(outcome = 'failed') and not bool_or(outcome is distinct from 'failed') as has_failed,
        bool_or(outcome = 'cached') as is_cached,
        bool_or(pricing = 'unpriced') as is_unpriced
      from calls group by prompt_version, request_id
    ),
    by_request as (
      select version, count(*) as requests,
        count(*) filter (where is_open) as open_requests,
        count(*) filter (where has_failed and not is_open) as failed_requests,
        count(*) filter (where not is_open) as ended_requests,
        count(*) filter (where is_cached) as cache_hits,
        count(*) filter (where is_unpriced) as unpriced_requests
      from requests group by version
    ),
    by_call as (
      select prompt_version as version,
        coalesce(sum(input_tokens), 0)::text as input_tokens,
        coalesce(sum(output_tokens), 0)::text as output_tokens,
        sum(cost_nano_usd)::text as cost_nano_usd,
        percentile_cont(0.5) within group (order by duration_ms) filter (where outcome = 'completed') as latency_p50,
        percentile_cont(0.95) within group (order by duration_ms) filter (where outcome = 'completed') as latency_p95,
        percentile_cont(0.5) within group (order by time_to_first_token_ms)
          filter (where outcome = 'completed') as first_token_p50
      from calls group by prompt_version
    ),
    said as (
      select distinct entries.prompt_version as version, feedback.request_id, feedback.owner_key, feedback.score
      from calls as entries join feedback on feedback.request_id = entries.request_id and ${isOfOwner}
    ),
    by_feedback as (
      select version, count(*) as feedback_count, avg(score) as mean_score from said group by version
    )
    select by_request.*, by_call.*, coalesce(feedback_count, 0)::text as feedback_count, mean_score
    from by_request join by_call using (version) left join by_feedback using (version)
    order by length(version), version collate "C"
  `.execute(database);
  return rows.map(rowOf);
}

function rowOf(record: VersionRecord): PromptVersionRow {
  const ended = Number(record.ended_requests);
  const failedRequests = Number(record.failed_requests);
  return {
    version: record.version,
    requests: Number(record.requests),
    openRequests: Number(record.open_requests),
    failedRequests,
    errorRate: ended === 0 ? null : failedRequests / ended,
    inputTokens: Number(record.input_tokens),
    outputTokens: Number(record.output_tokens),
    costUsd: record.cost_nano_usd === null ? null : formatUsd(BigInt(record.cost_nano_usd)),
    unpricedRequests: Number(record.unpriced_requests),
    cacheHits: Number(record.cache_hits),
    latencyP50Ms: record.latency_p50,
    latencyP95Ms: record.latency_p95,
    timeToFirstTokenP50Ms: record.first_token_p50,
    feedbackCount: Number(record.feedback_count),
    meanScore: record.mean_score,
  };
}
