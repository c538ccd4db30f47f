import { z } from "zod";

/** Most numbers that a vector has here, which is what the largest models give. */
export const maxDimensions = 4096;

/** Within what a question is compared: a digest of all of the request but the question. */
const partitionSchema = z.string().min(1).max(100);
/** Under which the reply itself is kept. */
const keySchema = z.string().min(1).max(200);
/** Little-endian 32-bit floats in base64, of a vector of up to {@link maxDimensions}. */
const vectorSchema = z
  .base64()
  .min(8)
  .max(Math.ceil((maxDimensions * 4) / 3) * 4);

/** Asks for the questions of a partition that mean the same. */
export const similarQuestionSchema = z.object({
  partition: partitionSchema,
  vector: vectorSchema,
  /** Least cosine similarity. */
  threshold: z.number().min(0).max(1),
});
export type SimilarQuestion = z.infer<typeof similarQuestionSchema>;

/** A question that was answered before. */
export const similarReplySchema = z.object({
  key: keySchema,
  /** Cosine of the angle between the two vectors, at most 1. */
  similarity: z.number(),
});
export type SimilarReply = z.infer<typeof similarReplySchema>;

/**
 * Why a ledger can't say: its database has no pgvector, it has other work, or its database is away or refused.
 */
export const similarityFaults = ["no_pgvector", "busy", "database"] as const;

export const similarAnswerSchema = z.union([
  /** The most similar first. */
  z.object({ replies: z.array(similarReplySchema) }),
  z.object({ fault: z.enum(similarityFaults) }),
]);
export type SimilarAnswer = z.infer<typeof similarAnswerSchema>;

/** A question whose reply is kept from now on. */
export const rememberedQuestionSchema = z.object({
  partition: partitionSchema,
  key: keySchema,
  vector: vectorSchema,
  ttlMs: z.int().positive(),
});
export type RememberedQuestion = z.infer<typeof rememberedQuestionSchema>;

/** A question whose reply turned out to be gone. */
export const forgottenQuestionSchema = z.object({ partition: partitionSchema, key: keySchema });
export type ForgottenQuestion = z.infer<typeof forgottenQuestionSchema>;
