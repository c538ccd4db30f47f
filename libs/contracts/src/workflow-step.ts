import { z } from "zod";

/** Which step of which workflow a request is made for: by a router, on behalf of a client's request. */
export const workflowStepSchema = z.object({
  /** Workflow of the configuration. */
  workflow: z.string().min(1),
  /** Name of the step in it. */
  step: z.string().min(1),
  /** The client's request that it is part of. */
  parentRequestId: z.uuid(),
});
export type WorkflowStep = z.infer<typeof workflowStepSchema>;
