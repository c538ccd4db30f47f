import { z } from "zod";

/** How the requests follow each other. */
const paceSchema = z.discriminatedUnion("kind", [
  /** Each connection sends its next request when it has the answer to the last: as much as the target takes. */
  z.object({ kind: z.literal("closed"), connections: z.int().positive() }),
  /** So many a second, whether or not the ones before are answered. A late start counts as waiting. */
  z.object({ kind: z.literal("open"), requestsPerSecond: z.number().positive() }),
  /** So many in the same moment, and again when all are answered. */
  z.object({ kind: z.literal("waves"), size: z.int().positive() }),
]);

/** One load on one target. */
export const loadJobSchema = z.object({
  /** Of the chat completions. */
  url: z.url(),
  headers: z.record(z.string(), z.string()),
  /** The model that is asked for. */
  model: z.string(),
  /** Each request asks for a model of its own: the name with a number behind it. @default false */
  modelPerRequest: z.boolean().optional(),
  /** Length of the request's body, more or less. */
  bodyBytes: z.int().positive(),
  /** Pieces of text in a reply; 0 asks for a plain one. */
  chunks: z.int().nonnegative(),
  /** Whether each request is another one; their bodies are all of the same length. @default false */
  isVaried: z.boolean().optional(),
  pace: paceSchema,
  durationMs: z.number().positive(),
  /** A closed load ends after so many requests, if its time is not over before. @default no limit */
  maxRequests: z.int().positive().optional(),
});
export type LoadJob = z.infer<typeof loadJobSchema>;

/** Times of many requests, in milliseconds. */
export const timesSchema = z.object({ p50: z.number(), p90: z.number(), p99: z.number(), max: z.number() });
export type Times = z.infer<typeof timesSchema>;

export const loadResultSchema = z.object({
  /** Answered 2xx and whole. */
  answered: z.int(),
  /** What went wrong, and how often. */
  failures: z.record(z.string(), z.int()),
  /** From the first request to the last answer. */
  elapsedMs: z.number(),
  /** From the moment that a request was due to the end of its answer. */
  latencyMs: timesSchema,
  /** From the same moment to the first piece of text of a stream; zeros for plain replies. */
  firstTokenMs: timesSchema,
});
export type LoadResult = z.infer<typeof loadResultSchema>;
