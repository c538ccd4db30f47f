import { usageSchema } from "@sluice/contracts/usage";
import { z } from "zod";

/** By what replies may be invalidated, and the generation that each was in: empty for the first. */
export const generationsSchema = z.record(z.string(), z.string());
export type Generations = z.infer<typeof generationsSchema>;

/** A whole reply as the client got it. */
export const keptReplySchema = z.object({
  storedAtMs: z.int(),
  expiresAtMs: z.int(),
  headers: z.record(z.string(), z.string()),
  /** Of a stream, all of its events. */
  body: z.string(),
  /** What made it. */
  backendName: z.string(),
  providerModel: z.string(),
  responseModel: z.string().optional(),
  /** What the call used, which every further one saves. */
  usage: usageSchema,
  /** Where it is that of another question: its key, and how similar the two are. @default it is that of this one */
  similarTo: z.object({ key: z.string(), similarity: z.number() }).optional(),
  /** It is kept only as long as all of these are in force. */
  generations: generationsSchema,
});
export type KeptReply = z.infer<typeof keptReplySchema>;

/** A reply that has just come, to be kept. */
export type NewReply = Omit<KeptReply, "storedAtMs" | "expiresAtMs" | "generations">;

/**
 * What a request's reply is invalidated by: all, its key, the models that were asked or may have answered, its tags.
 */
export function invalidationSubjects(facts: {
  key: string;
  models: readonly string[];
  tags: readonly string[];
}): string[] {
  const models = facts.models.filter((model) => model !== "").map((model) => `model:${model}`);
  return [...new Set(["all", `key:${facts.key}`, ...models, ...facts.tags.map((tag) => `tag:${tag}`)])];
}
