import { z } from "zod";
import { decisionSchema } from "./decision.ts";
import { identitySchema } from "./identity.ts";

/** A decision as it goes to the event stream: who asked what model, and what was found. Never the text. */
export const decisionEventSchema = z.object({
  requestId: z.uuid(),
  atMs: z.int().nonnegative(),
  identity: identitySchema,
  /** Model as the client named it. */
  model: z.string(),
  decision: decisionSchema,
});
export type DecisionEvent = z.infer<typeof decisionEventSchema>;

/** Message on the decision subject: the decisions of one direction of one request. */
export const decisionEventBatchSchema = z.object({ events: z.array(decisionEventSchema).min(1) });
export type DecisionEventBatch = z.infer<typeof decisionEventBatchSchema>;
