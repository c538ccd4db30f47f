import { z } from "zod";
import { decisionSchema } from "./decision.ts";
import { dialectNameSchema, operationSchema } from "./dialect-name.ts";
import { feedbackSchema } from "./feedback-event.ts";
import { identitySchema } from "./identity.ts";
import { partySchema } from "./party.ts";
import { promptChoiceSchema } from "./prompt-choice.ts";
import { reservedRoomSchema } from "./reserved-room.ts";
import { workflowStepSchema } from "./workflow-step.ts";

/** Where a body lies that is too large for a message. */
export const claimSchema = z.object({
  name: z.string().min(1),
  bytes: z.int().nonnegative(),
  /** Made for one delivery: who reads it deletes it. Otherwise the origin does, once the request is over. */
  singleUse: z.boolean(),
});
export type Claim = z.infer<typeof claimSchema>;

export const streamFramingSchema = z.enum(["sse", "json-array"]);
export type StreamFraming = z.infer<typeof streamFramingSchema>;

/** The HTTP request of a route that forwards it. */
export const forwardedRequestSchema = z.object({
  method: z.string().min(1),
  /** For the destination, with the query; begins with a slash. */
  path: z.string().startsWith("/"),
  /** The client's, lower case, without those of its connection. */
  headers: z.record(z.string(), z.string()),
});
export type ForwardedRequest = z.infer<typeof forwardedRequestSchema>;

/** What the rules of an AuthPolicy are told of the client's HTTP request. */
export const clientRequestSchema = z.object({
  method: z.string(),
  /** As the client sent it, without the query. */
  path: z.string(),
  /** Lower case, without a port. */
  host: z.string(),
  /** Address that the connection came from. */
  source: z.string(),
  /** Those that the rules name, lower case. */
  headers: z.record(z.string(), z.string()),
});
export type ClientRequest = z.infer<typeof clientRequestSchema>;

/** What the conditions of a model that leads to others are told of the client's HTTP request. */
export const choosingSchema = clientRequestSchema.extend({
  /** Consumer that the client is, as auth has found out. */
  consumer: z.string().optional(),
});
export type Choosing = z.infer<typeof choosingSchema>;

/** What travels before the body of a request, from step to step. Each step adds what it decided. */
export const envelopeSchema = z.object({
  /** UUIDv7, made by the origin: the ingress, whose client gets it as `x-request-id`, or the router of a workflow. */
  requestId: z.uuid(),
  /** Which sending of this request it is; above 1 after a resend before acceptance. */
  delivery: z.int().min(1).max(255),
  /** The instance that waits for the answer. `accepted` goes to it; `proceed` and `cancel` come from it. */
  origin: partySchema,
  /** Who reads the reply frames: the origin, or a guard that put itself in between. */
  reader: partySchema,
  /** When the ingress had the request, epoch milliseconds by its clock. */
  receivedAtMs: z.int().nonnegative(),
  /**
   * Milliseconds left to answer it. Each step subtracts the time it took, as `grpc-timeout` does, so the
   * clocks of the hosts need not agree.
   */
  remainingMs: z.int().nonnegative(),
  /** When the sender published this message, epoch milliseconds by its clock; only for the queue wait metric. */
  sentAtMs: z.int().nonnegative(),
  /** Revision of the configuration that the request is judged by, from the first step to the last. */
  revision: z.int().nonnegative(),
  /** Route of a RouteTable; absent for the gateway's own endpoints. */
  route: z.string().optional(),
  /**
   * Set where a router asks on behalf of a client's request: `choice` is which of the step's models it asks for. With
   * `asksIntent` it is no step of a workflow: it asks what a prompt is about, for the model that `workflow` names.
   */
  workflowStep: workflowStepSchema
    .extend({ choice: z.int().nonnegative(), asksIntent: z.literal(true).optional() })
    .optional(),
  /** Client's request on behalf of which a router asks for something that is no step of a workflow. */
  parentRequestId: z.uuid().optional(),
  /** Set where the operation is `http`. */
  forwarded: forwardedRequestSchema.optional(),
  dialect: dialectNameSchema,
  operation: operationSchema,
  /** Model as the client named it, or as its prompt template does where the client leaves it out. */
  model: z.string(),
  stream: z.boolean(),
  /** How the pieces of a streamed reply are set apart; `json-array` is Gemini's way without `alt=sse`. */
  streamFraming: streamFramingSchema.default("sse"),
  /** Most output tokens that the client asks for, where it says so. */
  maxOutputTokens: z.int().nonnegative().optional(),
  /** Set where messages of a prompt template go before the client's. */
  prompt: promptChoiceSchema.optional(),
  /** Set where the operation is `feedback`. */
  feedback: feedbackSchema.optional(),
  /** Size of the body as the client sent it. */
  bodyBytes: z.int().nonnegative(),
  /** Set when the body lies in the object store and not behind the envelope. */
  claim: claimSchema.optional(),
  /** Provider-facing headers of the client that change what a reply means (`anthropic-version`, …), lower case. */
  headers: z.record(z.string(), z.string()).default({}),
  /** The client's secret, from the ingress to auth and no further. */
  credential: z.string().optional(),
  /** From the ingress to auth and no further, where the policy of the request has rules. */
  clientRequest: clientRequestSchema.optional(),
  /** From the ingress to the router, where the model leads to others by what the client's request is. */
  choosing: choosingSchema.optional(),
  /** Secret by whose key the client was let in; where the route's policy has headers of it for the destination. */
  credentialSecret: z.string().optional(),
  identity: identitySchema.optional(),
  /** Regions that the request must stay in, by its route and its consumer; absent for any. */
  regions: z.array(z.string()).optional(),
  /** What auth has reserved of the request's limits; the router settles it. */
  reservation: z.string().optional(),
  /** Set beside `reservation` where the reply may be a stream and its tokens or its cost are limited. */
  room: reservedRoomSchema.optional(),
  /**
   * What the reply says of the limits that the request comes under, in place of the provider's own; lower case. Whoever
   * writes the reply adds them, be it an error.
   */
  limitHeaders: z.record(z.string(), z.string()).optional(),
  decisions: z.array(decisionSchema).default([]),
  /** W3C trace context; present when the request is sampled or came with a parent. */
  traceparent: z.string().optional(),
  tracestate: z.string().optional(),
});
export type Envelope = z.infer<typeof envelopeSchema>;

/** The envelope once auth has let the request pass: the identity is known. */
export const identifiedEnvelopeSchema = envelopeSchema.extend({ identity: identitySchema });
export type IdentifiedEnvelope = z.infer<typeof identifiedEnvelopeSchema>;
