/**
 * What spend is grouped and filtered by. `model` is the model that the provider was asked for, `key` the id of
 * the virtual key, `workflow` the workflow of the configuration that the call was a step of.
 */
export const dimensions = [
  "team",
  "user",
  "application",
  "department",
  "model",
  "provider",
  "key",
  "tag",
  "workflow",
] as const;
export type Dimension = (typeof dimensions)[number];

/** Lengths of time that spend is cut into; a week begins on Monday. */
export const bucketSizes = ["hour", "day", "week", "month"] as const;
export type BucketSize = (typeof bucketSizes)[number];
