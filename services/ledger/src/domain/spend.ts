import { z } from "zod";
import { bucketSizes, dimensions } from "./dimension.ts";
import { isPeriod, listOf, listParameters } from "./query-parameters.ts";

/** Parameters of `GET /v1/spend`. Unknown ones are refused: a misspelt filter would be a wrong sum. */
export const spendQuerySchema = z
  .strictObject({
    group_by: listOf(dimensions)
      .default([])
      .describe(
        "What to add up by, with commas between several. An entry with two tags counts under both, so rows by tag may add up to more than was spent.",
      ),
    bucket: z
      .enum(bucketSizes, { error: `is not one of ${bucketSizes.join(", ")}` })
      .optional()
      .describe("Length of time to cut the period into; a week begins on Monday."),
    ...listParameters,
  })
  .refine(isPeriod, { path: ["to"], error: "is not later than from" });
export type SpendQuery = z.infer<typeof spendQuerySchema>;

const owner = z.string().nullable().optional();
const count = z.int().nonnegative();

/** What was used and spent by one group in one bucket. The fields of the grouping are there if asked for. */
export const spendRowSchema = z.object({
  bucket: z
    .string()
    .optional()
    .describe("Begin of the bucket, in the time zone asked for: 2026-06-15T00:00:00+02:00."),
  team: owner,
  user: owner,
  application: owner,
  department: owner,
  model: owner.describe("Model as the provider was asked for it."),
  provider: owner,
  key: owner.describe("Id of the virtual key."),
  tag: owner,
  prompt: owner.describe("Prompt template."),
  prompt_version: owner.describe("Version of a prompt template, as name@version."),
  workflow: owner.describe("Workflow that the calls were steps of."),
  requests: count.describe("Requests with at least one provider call, or an answer from the cache."),
  calls: count.describe("Provider calls; a retry or a fallback is a call more."),
  inputTokens: count.describe("All input tokens, cached ones included."),
  outputTokens: count.describe("All output tokens, reasoning included."),
  cachedInputTokens: count,
  cacheWriteInputTokens: count,
  reasoningTokens: count,
  inputAudioTokens: count,
  outputAudioTokens: count,
  costUsd: z
    .string()
    .nullable()
    .describe(
      "Exact sum of the calls that are priced, in US dollars; null when none of the calls has a price yet.",
    ),
  unpricedRequests: count.describe("Requests whose price is not known; costUsd is too low by them."),
  estimatedRequests: count.describe("Requests whose usage is an estimate."),
  openRequests: count.describe("Requests that are not over; their usage is not counted yet."),
  cacheHits: count.describe("Requests that were answered from the cache, which costs nothing."),
  savedInputTokens: count.describe("Input tokens that the replies from the cache would have used."),
  savedOutputTokens: count.describe("Output tokens that the replies from the cache would have used."),
  savedUsd: z
    .string()
    .describe("What the replies from the cache would have cost at the prices of their time, in US dollars."),
  unpricedCacheHits: count.describe(
    "Replies from the cache whose price is not known; savedUsd is too low by them.",
  ),
});
export type SpendRow = z.infer<typeof spendRowSchema>;

export const spendPageSchema = z.object({
  rows: z.array(spendRowSchema),
  next: z.string().nullable().describe("Cursor of the page after this one; null on the last page."),
});
export type SpendPage = z.infer<typeof spendPageSchema>;

/** Columns of the CSV form, in their order. */
export function spendColumns(query: SpendQuery): string[] {
  const metrics = Object.keys(spendRowSchema.shape).filter(
    (name) => name !== "bucket" && !(dimensions as readonly string[]).includes(name),
  );
  return [...(query.bucket === undefined ? [] : ["bucket"]), ...query.group_by, ...metrics];
}

/** An instant in a time zone, with its offset: `2026-06-15T00:00:00+02:00`; UTC is written as `Z`. */
export function formatInZone(instant: Date, localText: string): string {
  const offsetMinutes = Math.round((Date.parse(`${localText}Z`) - instant.getTime()) / 60_000);
  if (offsetMinutes === 0) return `${localText}Z`;
  const sign = offsetMinutes < 0 ? "-" : "+";
  const hours = String(Math.floor(Math.abs(offsetMinutes) / 60)).padStart(2, "0");
  const minutes = String(Math.abs(offsetMinutes) % 60).padStart(2, "0");
  return `${localText}${sign}${hours}:${minutes}`;
}
