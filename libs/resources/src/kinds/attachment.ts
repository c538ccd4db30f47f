import { z } from "zod";
import { labelSelectorSchema, resourceNameSchema } from "./metadata.ts";

/** To which routes a policy applies, besides those that name it themselves. */
export const attachmentSchema = z.strictObject({
  routes: z
    .array(z.strictObject({ labels: labelSelectorSchema.describe("Labels that the routes have.") }))
    .min(1)
    .optional()
    .describe("Routes of any route table that have one of these sets of labels."),
  routeTables: z
    .array(
      z.strictObject({
        name: resourceNameSchema.describe("Name of the route table."),
        namespace: resourceNameSchema.optional().describe("Its namespace. Default: that of the policy."),
      }),
    )
    .min(1)
    .optional()
    .describe("All routes of these route tables."),
});
export type Attachment = z.infer<typeof attachmentSchema>;
