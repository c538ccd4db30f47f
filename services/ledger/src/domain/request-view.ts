import { decisionSchema } from "@sluice/contracts/decision";
import { identitySchema } from "@sluice/contracts/identity";
import { priceSchema } from "@sluice/contracts/price";
import { usageSourceSchema } from "@sluice/contracts/usage";
import { formatUsd } from "@sluice/pricing/format-usd";
import { z } from "zod";
import { type Entry, entryStatuses, occurredAtMs, pricingStatuses } from "./entry.ts";
import { isPeriod, listOf, listParameters } from "./query-parameters.ts";

/** What calls can be listed by; `unpriced`, `estimated` and `reconciled` cut across the others. */
export const listStatuses = ["open", "settled", "unsettled", "unpriced", "estimated", "reconciled"] as const;
export type ListStatus = (typeof listStatuses)[number];

/** Parameters of `GET /v1/requests`. */
export const requestsQuerySchema = z
  .strictObject({
    status: listOf(listStatuses)
      .default([])
      .describe(
        "open: not over; settled: its usage is known; unsettled: its end never came, the usage is an estimate; unpriced: its price is unknown; estimated: the provider reported no usage; reconciled: its usage is that of the provider's statement. Any of several.",
      ),
    ...listParameters,
  })
  .refine(isPeriod, { path: ["to"], error: "is not later than from" });
export type RequestsQuery = z.infer<typeof requestsQuerySchema>;

const text = z.string().nullable();
const instant = z.iso.datetime().nullable();
const tokens = z.int().nullable();

/** A provider call as the API shows it. */
export const callViewSchema = z.object({
  requestId: z.uuid(),
  delivery: z.int().describe("Which sending of the request inside the mesh, from 1."),
  attempt: z.int().describe("Which provider call within one delivery, from 1."),
  status: z.enum(entryStatuses),
  occurredAt: z.iso.datetime(),
  deadlineAt: instant,
  settledAt: instant,
  key: text,
  user: text,
  team: text,
  application: text,
  department: text,
  tags: z.array(z.string()),
  operation: text,
  dialect: text,
  requestModel: text.describe("Model as the client named it."),
  backend: text,
  provider: text,
  model: text.describe("Model as the provider was asked for it."),
  responseModel: text.describe("Model as the provider named it in its reply."),
  stream: z.boolean().nullable(),
  promptTemplate: text.describe("Prompt template that the request used."),
  promptVersion: text.describe("Version of it."),
  workflow: text.describe("Workflow that the call was made for."),
  workflowStep: text.describe("Which of its steps it was."),
  parentRequestId: text.describe(
    "The client's request that the step was part of, or that the vector of a question was for.",
  ),
  outcome: text,
  providerStatus: z.int().nullable(),
  providerRequestId: text,
  durationMs: z.number().nullable(),
  timeToFirstTokenMs: z.number().nullable(),
  reconciledAt: instant,
  statement: text.describe("What the provider's statement is called that the call was reconciled with."),
  usageSource: usageSourceSchema
    .nullable()
    .describe("Who says what was used: the provider's reply, an estimate, or the provider's statement."),
  inputTokens: tokens,
  outputTokens: tokens,
  cachedInputTokens: tokens,
  cacheWriteInputTokens: tokens,
  cacheWriteOneHourInputTokens: tokens,
  reasoningTokens: tokens,
  inputAudioTokens: tokens,
  outputAudioTokens: tokens,
  pricing: z.enum(pricingStatuses),
  costUsd: text.describe("Exact, in US dollars; null unless priced."),
  price: priceSchema.nullable().describe("The price that the cost was made with."),
  savedInputTokens: tokens.describe("Of a reply from the cache: what the call would have used."),
  savedOutputTokens: tokens,
  savedUsd: text.describe(
    "Of a reply from the cache: what the call would have cost, where its price is known.",
  ),
  configurationRevision: z.int().nullable(),
  traceId: text,
});
export type CallView = z.infer<typeof callViewSchema>;

export const requestsPageSchema = z.object({
  rows: z.array(callViewSchema),
  next: z.string().nullable().describe("Cursor of the page after this one; null on the last page."),
});
export type RequestsPage = z.infer<typeof requestsPageSchema>;

/** A decision of the audit as the API shows it. */
export const decisionViewSchema = decisionSchema.extend({
  occurredAt: z.iso.datetime(),
  owner: identitySchema,
  requestModel: z.string(),
});
export type DecisionView = z.infer<typeof decisionViewSchema>;

/** What a client said of a reply, as the API shows it. */
export const feedbackViewSchema = z.object({
  key: z.string().describe("Id of the virtual key that said it."),
  score: z.number(),
  comment: text,
  givenAt: z.iso.datetime(),
  counts: z
    .boolean()
    .describe("Whether the request is one of the same key, user or team; else it counts for nothing."),
});
export type FeedbackView = z.infer<typeof feedbackViewSchema>;

/** All that the ledger knows of one request. */
export const requestViewSchema = z.object({
  requestId: z.uuid(),
  traceId: text.describe("Trace that the request is in; null when it was not sampled."),
  calls: z
    .array(callViewSchema)
    .describe(
      "Its provider calls in their order, those of its steps where it was for a workflow; none when it was refused.",
    ),
  decisions: z.array(decisionViewSchema).describe("What the steps decided about it."),
  feedback: z.array(feedbackViewSchema).describe("What its client said of the reply."),
});
export type RequestView = z.infer<typeof requestViewSchema>;

/** Columns of the CSV form, in their order. */
export const callColumns = Object.keys(callViewSchema.shape);

/** Shows an entry. */
export function viewCall(entry: Entry): CallView {
  const { key, dispatched, settled, reconciled, usage } = entry;
  const identity = dispatched?.identity;
  return {
    ...key,
    status: entry.status,
    occurredAt: isoInstant(occurredAtMs(entry)),
    deadlineAt: dispatched === undefined ? null : isoInstant(dispatched.deadlineMs),
    settledAt: settled === undefined ? null : isoInstant(settled.atMs),
    key: identity?.keyId ?? null,
    user: identity?.user ?? null,
    team: identity?.team ?? null,
    application: identity?.application ?? null,
    department: identity?.department ?? null,
    tags: identity?.tags ?? [],
    operation: dispatched?.operation ?? null,
    dialect: dispatched?.dialect ?? null,
    requestModel: dispatched?.requestModel ?? null,
    backend: dispatched?.backend ?? null,
    provider: dispatched?.provider ?? null,
    model: dispatched?.providerModel ?? null,
    responseModel: settled?.responseModel ?? null,
    stream: dispatched?.stream ?? null,
    promptTemplate: dispatched?.promptTemplate ?? null,
    promptVersion: dispatched?.promptVersion ?? null,
    workflow: dispatched?.workflowStep?.workflow ?? null,
    workflowStep: dispatched?.workflowStep?.step ?? null,
    parentRequestId: dispatched?.workflowStep?.parentRequestId ?? dispatched?.parentRequestId ?? null,
    outcome: settled?.outcome ?? null,
    providerStatus: settled?.providerStatus ?? null,
    providerRequestId: settled?.providerRequestId ?? reconciled?.providerRequestId ?? null,
    durationMs: settled?.durationMs ?? null,
    timeToFirstTokenMs: settled?.timeToFirstTokenMs ?? null,
    reconciledAt: reconciled === undefined ? null : isoInstant(reconciled.atMs),
    statement: reconciled?.statement ?? null,
    usageSource: entry.usageSource ?? null,
    inputTokens: usage?.inputTokens ?? null,
    outputTokens: usage?.outputTokens ?? null,
    cachedInputTokens: usage?.cachedInputTokens ?? null,
    cacheWriteInputTokens: usage?.cacheWriteInputTokens ?? null,
    cacheWriteOneHourInputTokens: usage?.cacheWriteOneHourInputTokens ?? null,
    reasoningTokens: usage?.reasoningTokens ?? null,
    inputAudioTokens: usage?.inputAudioTokens ?? null,
    outputAudioTokens: usage?.outputAudioTokens ?? null,
    pricing: entry.pricing,
    costUsd: entry.costNanoUsd === undefined ? null : formatUsd(entry.costNanoUsd),
    price: entry.price ?? null,
    savedInputTokens: entry.saved?.usage.inputTokens ?? null,
    savedOutputTokens: entry.saved?.usage.outputTokens ?? null,
    savedUsd: entry.saved?.costNanoUsd === undefined ? null : formatUsd(entry.saved.costNanoUsd),
    configurationRevision: dispatched?.revision ?? null,
    traceId: entry.traceId ?? null,
  };
}

function isoInstant(atMs: number): string {
  return new Date(atMs).toISOString();
}
