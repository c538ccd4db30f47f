import { z } from "zod";
import { decisionSchema } from "./decision.ts";
import { dialectNameSchema, operationSchema } from "./dialect-name.ts";
import { identitySchema } from "./identity.ts";
import { priceSchema } from "./price.ts";
import { usageSchema, usageSourceSchema } from "./usage.ts";
import { workflowStepSchema } from "./workflow-step.ts";

/** See {@link import("./call-id.ts").CallKey}. */
const callKey = {
  requestId: z.uuid(),
  delivery: z.int().min(1),
  attempt: z.int().min(1),
};

/** Written ahead: the provider is about to be called. */
export const dispatchedEventSchema = z.object({
  type: z.literal("dispatched"),
  ...callKey,
  atMs: z.int().nonnegative(),
  /** When the call is over at the latest; an entry still open after it becomes `unsettled`. */
  deadlineMs: z.int().nonnegative(),
  /** Revision of the configuration that the request is judged by, and priced by. */
  revision: z.int().nonnegative().optional(),
  identity: identitySchema,
  operation: operationSchema,
  dialect: dialectNameSchema,
  /** Model as the client named it. */
  requestModel: z.string(),
  /** Backend of the configuration, and what it is. */
  backend: z.string(),
  provider: z.string(),
  /** Model as the provider is asked for it. */
  providerModel: z.string(),
  stream: z.boolean(),
  /** PromptTemplate whose messages went before the client's, by its qualified name, and which version of it. */
  promptTemplate: z.string().optional(),
  promptVersion: z.string().optional(),
  /** Cheap estimate that limits and an unsettled entry use until the truth is known. */
  estimatedUsage: usageSchema,
  /**
   * What the estimate is priced by: the price in force when the call was made, as its router knew it. The event
   * carries it so that the ledger comes out the same whenever it is built. Missing where nobody knows a price.
   */
  price: priceSchema.optional(),
  /** Set for the call of a workflow's step. */
  workflowStep: workflowStepSchema.optional(),
  /** Client's request on behalf of which it is made, where it is no step: the vector of a question, for the cache. */
  parentRequestId: z.uuid().optional(),
  decisions: z.array(decisionSchema).default([]),
  traceparent: z.string().optional(),
});
export type DispatchedEvent = z.infer<typeof dispatchedEventSchema>;

/** How a provider call ended. */
export const callOutcomeSchema = z.enum([
  "completed",
  /** The client went away or the deadline passed; what was used until then is billed. */
  "cancelled",
  /** The provider answered with an error, or not at all. */
  "failed",
  /** Written ahead and then not called. */
  "not_called",
  /** Answered from the cache: nobody was called. */
  "cached",
]);
export type CallOutcome = z.infer<typeof callOutcomeSchema>;

/** What a reply from the cache saved. Without a price nobody knows what it would have cost. */
export const savedSchema = z.object({ usage: usageSchema, price: priceSchema.optional() });
export type Saved = z.infer<typeof savedSchema>;

/** The end of a provider call with what it used. */
export const settledEventSchema = z.object({
  type: z.literal("settled"),
  ...callKey,
  atMs: z.int().nonnegative(),
  outcome: callOutcomeSchema,
  usage: usageSchema,
  usageSource: usageSourceSchema.exclude(["statement"]),
  /**
   * Price of the model that answered and of the tier that was reached, where it is another than that of
   * `dispatched`; null where it turned out that nobody knows one.
   */
  price: priceSchema.nullable().optional(),
  /** Model as the provider named it in its reply, if it did. */
  responseModel: z.string().optional(),
  /** HTTP status of the provider, if there was one. */
  providerStatus: z.int().optional(),
  /** The provider's id of the call, to find it on the bill. */
  providerRequestId: z.string().optional(),
  /** Where the reply came from the cache: what the call would have used, and its price at that time. */
  saved: savedSchema.optional(),
  durationMs: z.number().nonnegative(),
  timeToFirstTokenMs: z.number().nonnegative().optional(),
  traceparent: z.string().optional(),
});
export type SettledEvent = z.infer<typeof settledEventSchema>;

/** What the provider's own statement says of a call. It goes before everything that was known of its usage. */
export const reconciledEventSchema = z.object({
  type: z.literal("reconciled"),
  ...callKey,
  /** When it was reconciled. Of two statements about one call the later counts. */
  atMs: z.int().nonnegative(),
  /** All zero where the statement covers the time of the call and does not have it. */
  usage: usageSchema,
  /** Price of the billed usage, where it is another than the entry had; null where nobody knows one. */
  price: priceSchema.nullable().optional(),
  /** What the statement is called, as whoever handed it in named it. */
  statement: z.string().min(1).max(200),
  providerRequestId: z.string().optional(),
});
export type ReconciledEvent = z.infer<typeof reconciledEventSchema>;

export const usageEventSchema = z.discriminatedUnion("type", [
  dispatchedEventSchema,
  settledEventSchema,
  reconciledEventSchema,
]);
export type UsageEvent = z.infer<typeof usageEventSchema>;

/** Message on the usage subject: the events that one instance made in one turn. */
export const usageEventBatchSchema = z.object({ events: z.array(usageEventSchema).min(1) });
export type UsageEventBatch = z.infer<typeof usageEventBatchSchema>;
