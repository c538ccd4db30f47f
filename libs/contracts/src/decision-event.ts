import { z } from "zod";
import { decisionSchema } from "./decision.ts";
import { dialectNameSchema, operationSchema } from "./dialect-name.ts";
import { identitySchema } from "./identity.ts";

/**
 * What a step decided about a request, for the audit. It is published where no `dispatched` event will carry
 * the decisions: when the request is refused, and for what is found in a reply.
 */
export const decisionEventSchema = z.object({
  requestId: z.uuid(),
  delivery: z.int().min(1),
  atMs: z.int().nonnegative(),
  identity: identitySchema.optional(),
  operation: operationSchema,
  dialect: dialectNameSchema,
  /** Model as the client named it. */
  requestModel: z.string(),
  decisions: z.array(decisionSchema).min(1),
  traceparent: z.string().optional(),
});
export type DecisionEvent = z.infer<typeof decisionEventSchema>;

/** Message on the decision subject: the events that one instance made in one turn. */
export const decisionEventBatchSchema = z.object({ events: z.array(decisionEventSchema).min(1) });
export type DecisionEventBatch = z.infer<typeof decisionEventBatchSchema>;
