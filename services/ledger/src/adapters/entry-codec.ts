import { dialectNameSchema, operationSchema } from "@sluice/contracts/dialect-name";
import { priceSchema } from "@sluice/contracts/price";
import { type Usage, usageSchema, usageSourceSchema } from "@sluice/contracts/usage";
import { callOutcomeSchema, reconciledEventSchema, settledEventSchema } from "@sluice/contracts/usage-event";
import type { Selectable } from "kysely";
import { z } from "zod";
import {
  type DispatchedFacts,
  type Entry,
  entryStatuses,
  occurredAtMs,
  overdueAtMs,
  pricingStatuses,
  type ReconciledFacts,
  type SavedAmounts,
  type SettledFacts,
} from "../domain/entry.ts";
import type { EntryTable } from "./tables.ts";

/** A row as `jsonb_populate_recordset` reads it: instants as ISO text, 64-bit numbers as text. */
export type EntryJson = { [Column in keyof EntryTable]: unknown };

/**
 * What `settled` and `reconciled` say beside the columns of their own. One of them outranks the other, and must
 * not be lost by that: which of two settlements counts is decided by all that they say.
 */
const settledFiguresSchema = settledEventSchema.pick({
  usage: true,
  usageSource: true,
  price: true,
  saved: true,
  providerRequestId: true,
});
const reconciledFiguresSchema = reconciledEventSchema.pick({
  usage: true,
  price: true,
  providerRequestId: true,
});

/** The columns of an entry, to be written. */
export function entryToJson(entry: Entry): EntryJson {
  const { dispatched, settled, reconciled, usage } = entry;
  const identity = dispatched?.identity;
  return {
    request_id: entry.key.requestId,
    delivery: entry.key.delivery,
    attempt: entry.key.attempt,
    version: entry.version,
    status: entry.status,
    published_at: instant(entry.publishedAtMs),
    overdue_at: instant(overdueAtMs(entry)),
    occurred_at: instant(occurredAtMs(entry)),
    dispatched_at: instant(dispatched?.atMs),
    deadline_at: instant(dispatched?.deadlineMs),
    configuration_revision: dispatched?.revision ?? null,
    owner_key: identity?.keyId ?? null,
    owner_user: identity?.user ?? null,
    owner_team: identity?.team ?? null,
    owner_application: identity?.application ?? null,
    owner_department: identity?.department ?? null,
    owner_tags: identity?.tags ?? [],
    operation: dispatched?.operation ?? null,
    dialect: dispatched?.dialect ?? null,
    request_model: dispatched?.requestModel ?? null,
    backend: dispatched?.backend ?? null,
    provider: dispatched?.provider ?? null,
    provider_model: dispatched?.providerModel ?? null,
    stream: dispatched?.stream ?? null,
    prompt_template: dispatched?.promptTemplate ?? null,
    prompt_version: dispatched?.promptVersion ?? null,
    estimated_usage: dispatched?.estimatedUsage ?? null,
    estimated_price: dispatched?.price ?? null,
    workflow: dispatched?.workflowStep?.workflow ?? null,
    workflow_step: dispatched?.workflowStep?.step ?? null,
    parent_request_id: dispatched?.workflowStep?.parentRequestId ?? dispatched?.parentRequestId ?? null,
    settled_at: instant(settled?.atMs),
    outcome: settled?.outcome ?? null,
    response_model: settled?.responseModel ?? null,
    provider_status: settled?.providerStatus ?? null,
    provider_request_id: settled?.providerRequestId ?? reconciled?.providerRequestId ?? null,
    duration_ms: settled?.durationMs ?? null,
    time_to_first_token_ms: settled?.timeToFirstTokenMs ?? null,
    settled_figures: settled === undefined ? null : settledFiguresSchema.parse(settled),
    reconciled_at: instant(reconciled?.atMs),
    statement: reconciled?.statement ?? null,
    reconciled_figures: reconciled === undefined ? null : reconciledFiguresSchema.parse(reconciled),
    usage_source: entry.usageSource ?? null,
    input_tokens: usage?.inputTokens ?? null,
    output_tokens: usage?.outputTokens ?? null,
    cached_input_tokens: usage?.cachedInputTokens ?? null,
    cache_write_input_tokens: usage?.cacheWriteInputTokens ?? null,
    cache_write_one_hour_input_tokens: usage?.cacheWriteOneHourInputTokens ?? null,
    reasoning_tokens: usage?.reasoningTokens ?? null,
    input_audio_tokens: usage?.inputAudioTokens ?? null,
    output_audio_tokens: usage?.outputAudioTokens ?? null,
    pricing: entry.pricing,
    cost_nano_usd: entry.costNanoUsd?.toString() ?? null,
    price: entry.price ?? null,
    saved_input_tokens: entry.saved?.usage.inputTokens ?? null,
    saved_output_tokens: entry.saved?.usage.outputTokens ?? null,
    saved_cost_nano_usd: entry.saved?.costNanoUsd?.toString() ?? null,
    trace_id: entry.traceId ?? null,
  };
}

/** The entry that a row holds. */
export function entryFromRow(row: Selectable<EntryTable>): Entry {
  const status = z.enum(entryStatuses).parse(row.status);
  const pricing = z.enum(pricingStatuses).parse(row.pricing);
  const settled = settledOf(row);
  return dropUndefined({
    key: { requestId: row.request_id, delivery: row.delivery, attempt: row.attempt },
    version: row.version,
    publishedAtMs: row.published_at.getTime(),
    status,
    dispatched: dispatchedOf(row),
    settled,
    reconciled: reconciledOf(row),
    givenUp: status === "unsettled" || (row.dispatched_at === null && pricing === "unpriced"),
    usage: usageOf(row),
    usageSource: row.usage_source === null ? undefined : usageSourceSchema.parse(row.usage_source),
    pricing,
    costNanoUsd: row.cost_nano_usd ?? undefined,
    price: row.price === null ? undefined : priceSchema.parse(row.price),
    saved: savedOf(row, settled),
    traceId: row.trace_id ?? undefined,
  });
}

function dispatchedOf(row: Selectable<EntryTable>): DispatchedFacts | undefined {
  if (row.dispatched_at === null || row.deadline_at === null || row.owner_key === null) return undefined;
  return dropUndefined({
    atMs: row.dispatched_at.getTime(),
    deadlineMs: row.deadline_at.getTime(),
    revision: row.configuration_revision === null ? undefined : Number(row.configuration_revision),
    identity: dropUndefined({
      keyId: row.owner_key,
      user: row.owner_user ?? undefined,
      team: row.owner_team ?? undefined,
      application: row.owner_application ?? undefined,
      department: row.owner_department ?? undefined,
      tags: row.owner_tags,
    }),
    operation: operationSchema.parse(row.operation),
    dialect: dialectNameSchema.parse(row.dialect),
    requestModel: row.request_model ?? "",
    backend: row.backend ?? "",
    provider: row.provider ?? "",
    providerModel: row.provider_model ?? "",
    stream: row.stream ?? false,
    promptTemplate: row.prompt_template ?? undefined,
    promptVersion: row.prompt_version ?? undefined,
    estimatedUsage: usageSchema.parse(row.estimated_usage),
    price: row.estimated_price === null ? undefined : priceSchema.parse(row.estimated_price),
    workflowStep: workflowStepOf(row),
    parentRequestId: row.workflow === null ? (row.parent_request_id ?? undefined) : undefined,
  });
}

function workflowStepOf(row: Selectable<EntryTable>): DispatchedFacts["workflowStep"] {
  const { workflow, workflow_step: step, parent_request_id: parentRequestId } = row;
  if (workflow === null || step === null || parentRequestId === null) return undefined;
  return { workflow, step, parentRequestId };
}

function settledOf(row: Selectable<EntryTable>): SettledFacts | undefined {
  if (row.settled_at === null) return undefined;
  return dropUndefined({
    ...settledFiguresSchema.parse(row.settled_figures),
    atMs: row.settled_at.getTime(),
    outcome: callOutcomeSchema.parse(row.outcome),
    responseModel: row.response_model ?? undefined,
    providerStatus: row.provider_status ?? undefined,
    durationMs: row.duration_ms ?? 0,
    timeToFirstTokenMs: row.time_to_first_token_ms ?? undefined,
  });
}

function reconciledOf(row: Selectable<EntryTable>): ReconciledFacts | undefined {
  if (row.reconciled_at === null) return undefined;
  return dropUndefined({
    ...reconciledFiguresSchema.parse(row.reconciled_figures),
    atMs: row.reconciled_at.getTime(),
    statement: row.statement ?? "",
  });
}

function savedOf(
  { saved_input_tokens: isSaved, saved_cost_nano_usd: cost }: Selectable<EntryTable>,
  settled: SettledFacts | undefined,
): SavedAmounts | undefined {
  if (isSaved === null || settled?.saved === undefined) return undefined;
  return dropUndefined({ usage: settled.saved.usage, costNanoUsd: cost ?? undefined });
}

function usageOf(row: Selectable<EntryTable>): Usage | undefined {
  if (row.input_tokens === null) return undefined;
  return {
    inputTokens: Number(row.input_tokens),
    outputTokens: Number(row.output_tokens),
    cachedInputTokens: Number(row.cached_input_tokens),
    cacheWriteInputTokens: Number(row.cache_write_input_tokens),
    cacheWriteOneHourInputTokens: Number(row.cache_write_one_hour_input_tokens),
    reasoningTokens: Number(row.reasoning_tokens),
    inputAudioTokens: Number(row.input_audio_tokens),
    outputAudioTokens: Number(row.output_audio_tokens),
  };
}

function instant(atMs: number | undefined): string | null {
  return atMs === undefined ? null : new Date(atMs).toISOString();
}

/** With `exactOptionalPropertyTypes` a field that is not there and one that is undefined are different things. */
type Defined<Fields> = {
  [Name in keyof Fields as undefined extends Fields[Name] ? never : Name]: Fields[Name];
} & {
  [Name in keyof Fields as undefined extends Fields[Name] ? Name : never]?: Exclude<Fields[Name], undefined>;
};

function dropUndefined<Fields extends object>(fields: Fields): Defined<Fields> {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined),
  ) as Defined<Fields>;
}
