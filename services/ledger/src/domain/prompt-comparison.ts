import { z } from "zod";
import { isPeriod, listParameters } from "./query-parameters.ts";

const { prompt: _prompt, prompt_version: _version, ...parameters } = listParameters;

/** Parameters of `GET /v1/prompts/{name}/versions`. */
export const promptVersionsQuerySchema = z
  .strictObject(parameters)
  .refine(isPeriod, { path: ["to"], error: "is not later than from" });
export type PromptVersionsQuery = z.infer<typeof promptVersionsQuerySchema>;

const count = z.int().nonnegative();
const milliseconds = z.number().nonnegative().nullable();

/** How one version of a prompt template has fared. */
export const promptVersionRowSchema = z.object({
  version: z.string(),
  requests: count.describe("Requests that had this version."),
  openRequests: count.describe("Requests that are not over; they are in no other figure."),
  failedRequests: count.describe(
    "Requests of which every call failed; those that the client left are not among them.",
  ),
  errorRate: z
    .number()
    .nullable()
    .describe("Failed ones among the requests that came to an end, 0 to 1; null where none did."),
  inputTokens: count,
  outputTokens: count,
  costUsd: z.string().nullable().describe("Exact, of the calls that are priced; null when none is."),
  unpricedRequests: count.describe("Requests whose price is not known; costUsd is too low by them."),
  cacheHits: count.describe("Requests that were answered from the cache."),
  latencyP50Ms: milliseconds.describe(
    "Median time of the calls that were completed, from the request to the last byte.",
  ),
  latencyP95Ms: milliseconds,
  timeToFirstTokenP50Ms: milliseconds,
  feedbackCount: count.describe(
    "Times that somebody said how good the reply was; the same key counts once for a request.",
  ),
  meanScore: z.number().nullable().describe("Mean of what they said, 0 to 1."),
});
export type PromptVersionRow = z.infer<typeof promptVersionRowSchema>;

export const promptVersionsSchema = z.object({
  prompt: z.string(),
  rows: z.array(promptVersionRowSchema),
  next: z.string().nullable().describe("Cursor of the page after this one; null on the last page."),
});

/** Columns of the CSV form, in their order. */
export const promptVersionColumns = Object.keys(promptVersionRowSchema.shape);
