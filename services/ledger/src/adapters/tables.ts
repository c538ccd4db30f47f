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
  estimated_usage: unknown;
  settled_at: Date | null;
  outcome: string | null;
  response_model: string | null;
  provider_status: number | null;
  provider_request_id: string | null;
  duration_ms: number | null;
  time_to_first_token_ms: number | null;
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

export interface RejectedEventTable {
  digest: string;
  subject: string;
  data: Uint8Array;
  reason: string;
  stream_sequence: bigint;
  published_at: Date;
}

export interface LedgerTables {
  entries: EntryTable;
  decisions: DecisionTable;
  rejected_events: RejectedEventTable;
}
