/**
 * What spend is grouped and filtered by. `model` is the model that the provider was asked for, `key` the id of
 * the virtual key, `prompt` a prompt template, and `prompt_version` a version of one, as `name@version`: numbers alone
 * would add up versions of different templates; `workflow` the workflow that the call was a step of.
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
  "prompt",
  "prompt_version",
  "workflow",
] as const;
export type Dimension = (typeof dimensions)[number];

/** Lengths of time that spend is cut into; a week begins on Monday. */
export const bucketSizes = ["hour", "day", "week", "month"] as const;
export type BucketSize = (typeof bucketSizes)[number];
