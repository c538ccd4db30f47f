/**
 * The tables as Kysely sees them; the migrations make them. Whole numbers of 64 bits (`bigint`) are read as
 * JavaScript's bigint from both databases, `jsonb` as parsed, instants as Date.
 */
export interface EntryTable {
  request_id: string;
  delivery: number;
  attempt: number;
  version: number;
  status: string;
  /** When the stream took the first event of the call, by the stream's clock. */
  published_at: Date;
  /** From when on the missing event of the call is overdue, by the stream's clock. */
  overdue_at: Date;
  occurred_at: Date;
  dispatched_at: Date | null;
  deadline_at: Date | null;
  configuration_revision: bigint | null;
  owner_key: string | null;
  owner_user: string | null;
  owner_team: string | null;
  owner_application: string | null;
  owner_department: string | null;
  owner_tags: string[];
  operation: string | null;
  dialect: string | null;
  request_model: string | null;
  backend: string | null;
  provider: string | null;
  provider_model: string | null;
  stream: boolean | null;
  /** Prompt template whose messages the request had, and which version of it. */
  prompt_template: string | null;
  prompt_version: string | null;
  estimated_usage: unknown;
  estimated_price: unknown;
  workflow: string | null;
  workflow_step: string | null;
  /** The client's request that a workflow's step is part of. */
  parent_request_id: string | null;
  settled_at: Date | null;
  outcome: string | null;
  response_model: string | null;
  provider_status: number | null;
  provider_request_id: string | null;
  duration_ms: number | null;
  time_to_first_token_ms: number | null;
  /** What `settled` said of usage and price, in force or not. */
  settled_figures: unknown;
  reconciled_at: Date | null;
  statement: string | null;
  /** What the statement said of usage and price. */
  reconciled_figures: unknown;
  usage_source: string | null;
  input_tokens: bigint | null;
  output_tokens: bigint | null;
  cached_input_tokens: bigint | null;
  cache_write_input_tokens: bigint | null;
  cache_write_one_hour_input_tokens: bigint | null;
  reasoning_tokens: bigint | null;
  input_audio_tokens: bigint | null;
  output_audio_tokens: bigint | null;
  pricing: string;
  cost_nano_usd: bigint | null;
  price: unknown;
  /** What a reply from the cache would have used and cost. */
  saved_input_tokens: bigint | null;
  saved_output_tokens: bigint | null;
  saved_cost_nano_usd: bigint | null;
  trace_id: string | null;
}

export interface DecisionTable {
  request_id: string;
  service: string;
  policy: string;
  direction: string;
  /** Empty when the decision is about the policy as a whole: a key can't hold null. */
  rule: string;
  action: string;
  count: bigint;
  occurred_at: Date;
  owner_key: string;
  owner_user: string | null;
  owner_team: string | null;
  owner_application: string | null;
  owner_department: string | null;
  owner_tags: string[];
  request_model: string;
}

/** What a key said of a reply; one row for each request and key. */
export interface FeedbackTable {
  request_id: string;
  owner_key: string;
  owner_user: string | null;
  owner_team: string | null;
  score: number;
  comment: string | null;
  given_at: Date;
}

/** What a change of the configuration did to one resource. */
export interface ChangeTable {
  change_id: string;
  kind: string;
  namespace: string;
  name: string;
  type: string;
  revision: bigint;
  previous_revision: bigint;
  occurred_at: Date;
  made_by: string;
  origin: string;
  change: string;
  reason: string | null;
  diff: string;
}

/** One row: the rebuild that runs, or the last one that ran. */
export interface RebuildTable {
  /** Always true: the key that there is one row only. */
  is_latest: boolean;
  /** Counts the rebuilds. */
  generation: number;
  instance: string;
  started_at: Date;
  finished_at: Date | null;
  events_done: bigint;
  events_total: bigint;
  dead_letters: bigint;
  /** Why it failed; null while it runs and when it came to its end. */
  error: string | null;
}

export interface LedgerTables {
  entries: EntryTable;
  decisions: DecisionTable;
  feedback: FeedbackTable;
  changes: ChangeTable;
  rebuilds: RebuildTable;
}
