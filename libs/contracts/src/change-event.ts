import { z } from "zod";

/** What a change of the configuration did to one resource, for the audit. */
export const changeEventSchema = z.object({
  /** Names the change: no two have the same, also where revisions are counted anew. */
  changeId: z.string().min(1).max(100),
  /** Revision that the change made, and the one before it; 0 where there was none. */
  revision: z.int().positive(),
  previousRevision: z.int().nonnegative(),
  /** By the clock of whoever made it, epoch milliseconds. */
  atMs: z.int().nonnegative(),
  /** Who made it: the name that was given, else that of the user of the operating system. */
  by: z.string(),
  /** `user@host` where it was made. */
  origin: z.string(),
  /** In a few words, as `apply routes.yaml`. */
  change: z.string(),
  /** Why, as whoever made it said. */
  reason: z.string().optional(),
  kind: z.string().min(1),
  namespace: z.string().min(1),
  name: z.string().min(1),
  type: z.enum(["created", "changed", "deleted"]),
  /** Hunks of a unified diff of its YAML. Of values of Secrets there are fingerprints only. */
  diff: z.string(),
});
export type ChangeEvent = z.infer<typeof changeEventSchema>;

/** Message on the subject of changes: resources of one change. */
export const changeEventBatchSchema = z.object({ events: z.array(changeEventSchema).min(1) });
export type ChangeEventBatch = z.infer<typeof changeEventBatchSchema>;
