import { z } from "zod";

/** The label of requests that name neither a label nor a version. */
export const defaultPromptLabel = "production";

/** Names of versions, and of labels. */
export const promptNamePattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** What of a request a version can set; all dialects have a word for these. */
export const promptParametersSchema = z.strictObject({
  temperature: z.number().min(0).max(2).optional().describe("How freely the model chooses its words."),
  topP: z.number().min(0).max(1).optional().describe("From which part of the likely words it chooses."),
  maxTokens: z.int().min(1).max(1e9).optional().describe("Most tokens of the reply."),
  stop: z.array(z.string().min(1)).min(1).max(16).optional().describe("Texts at which the reply ends."),
});
export type PromptParameters = z.infer<typeof promptParametersSchema>;

/** One version of a prompt template, as the services read it. */
export const promptVersionSchema = z.strictObject({
  messages: z.array(
    z.strictObject({
      role: z.enum(["system", "user", "assistant"]),
      /** A template of `libs/templates`. */
      content: z.string(),
    }),
  ),
  /** Model of requests that name none. */
  model: z.string().optional(),
  parameters: promptParametersSchema,
});
export type PromptVersion = z.infer<typeof promptVersionSchema>;

/** A prompt template, as the services read it. */
export const promptTemplateSchema = z.strictObject({
  /** By name; a variable without a default that is not required may be missing. */
  variables: z.record(z.string(), z.strictObject({ required: z.boolean(), default: z.unknown().optional() })),
  versions: z.record(z.string(), promptVersionSchema),
  labels: z.record(
    z.string(),
    z.array(z.strictObject({ version: z.string(), weight: z.number().nonnegative() })).min(1),
  ),
  sticky: z.enum(["none", "user", "session"]),
  /** Header that tells sessions apart, lower case. */
  sessionHeader: z.string(),
});
export type PromptTemplate = z.infer<typeof promptTemplateSchema>;

/** The prompt template of a route: its messages go before those of every request. */
export const routePromptSchema = z.strictObject({
  /** Name in the snapshot's `promptTemplates`. */
  template: z.string(),
  /** Set unless a version is. */
  label: z.string().optional(),
  version: z.string().optional(),
});
export type RoutePrompt = z.infer<typeof routePromptSchema>;
