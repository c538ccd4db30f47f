import { z } from "zod";
import { instantParameters, isPeriod, pageParameters, repeatedParameter } from "./query-parameters.ts";

/** Parameters of `GET /v1/audit/changes`. */
export const changesQuerySchema = z
  .strictObject({
    ...instantParameters("Changes made"),
    by: repeatedParameter("Only changes of whoever is named. Repeat it for any of several."),
    kind: repeatedParameter("Only changes of resources of this kind; Configuration is sluice.yaml."),
    namespace: repeatedParameter("Only changes of resources of this namespace."),
    name: repeatedParameter("Only changes of resources of this name."),
    type: repeatedParameter("Only what was created, changed or deleted."),
    revision: z.coerce
      .number({ error: "is not a number" })
      .int({ error: "is not a whole number" })
      .optional()
      .describe("Only the change that made this revision."),
    ...pageParameters,
  })
  .refine(isPeriod, { path: ["to"], error: "is not later than from" });
export type ChangesQuery = z.infer<typeof changesQuerySchema>;

/** What a change did to one resource, as the API shows it. */
export const changeViewSchema = z.object({
  changeId: z.string().describe("Names the change: all its resources have the same."),
  revision: z.int().describe("Revision of the configuration that it made."),
  previousRevision: z.int().describe("The revision before it; 0 where there was none."),
  occurredAt: z.iso.datetime().describe("By the clock of whoever made it."),
  by: z.string().describe("Who made it."),
  origin: z.string().describe("User and host where it was made."),
  change: z.string().describe("What was done, in a few words."),
  reason: z.string().nullable().describe("Why, as whoever made it said."),
  kind: z.string(),
  namespace: z.string(),
  name: z.string(),
  type: z.string().describe("created, changed or deleted."),
  diff: z.string().describe("Hunks of a unified diff of its YAML; of values of Secrets fingerprints only."),
});
export type ChangeView = z.infer<typeof changeViewSchema>;

export const changesPageSchema = z.object({
  rows: z.array(changeViewSchema),
  next: z.string().nullable().describe("Cursor of the page after this one; null on the last page."),
});

/** Columns of the CSV form, in their order. */
export const changeColumns = Object.keys(changeViewSchema.shape);
