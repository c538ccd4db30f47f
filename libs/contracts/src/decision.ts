import { z } from "zod";

/** What a step found and did. It names detectors and counts, never the text that was found. */
export const decisionSchema = z.object({
  service: z.enum(["auth", "guard", "router"]),
  policy: z.string(),
  /** Where it was found. */
  direction: z.enum(["prompt", "reply"]),
  /** Detector or rule that matched; absent when the decision is about the policy as a whole. */
  rule: z.string().optional(),
  action: z.enum(["masked", "blocked", "audited", "failed_open"]),
  count: z.int().nonnegative(),
});
export type Decision = z.infer<typeof decisionSchema>;
