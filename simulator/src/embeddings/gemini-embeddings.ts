import { z } from "zod";
import { countTokens } from "../count-tokens.ts";
import { bracketPath, deepestIssue } from "../deepest-issue.ts";
import { ProviderError } from "../provider-error.ts";
import { embeddingVector, toNumbers } from "./embedding-vector.ts";
import type { EmbeddingsCall } from "./embeddings-call.ts";

const requestSchema = z.looseObject({
  model: z.string().optional(),
  content: z.looseObject({ parts: z.array(z.looseObject({ text: z.string().optional() })).min(1) }),
  taskType: z.string().optional(),
  outputDimensionality: z.int().min(1).max(3072).optional(),
  output_dimensionality: z.int().min(1).max(3072).optional(),
});
const batchSchema = z.looseObject({ requests: z.array(requestSchema).min(1).max(100) });

const defaultDimensions = 3072;

/** `embedContent`. @throws ProviderError with Gemini's 400 */
export function readGeminiEmbedding(body: unknown, model: string): EmbeddingsCall {
  const request = parse(requestSchema, body);
  const vectors = embed([request]);
  const text = textOf(request);
  return {
    model,
    text,
    inputTokens: countTokens(text),
    replyBody: (tokens) => ({ embedding: vectors()[0], ...usageOf(tokens) }),
  };
}

/** `batchEmbedContents`. @throws ProviderError with Gemini's 400 */
export function readGeminiEmbeddingBatch(body: unknown, model: string): EmbeddingsCall {
  const { requests } = parse(batchSchema, body);
  const texts = requests.map(textOf);
  const vectors = embed(requests);
  return {
    model,
    text: texts.join(""),
    inputTokens: texts.reduce((sum, text) => sum + countTokens(text), 0),
    replyBody: (tokens) => ({ embeddings: vectors(), ...usageOf(tokens) }),
  };
}

function parse<Schema extends z.ZodType>(schema: Schema, body: unknown): z.infer<Schema> {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const field = bracketPath(deepestIssue(parsed.error.issues)?.path ?? []);
  const description = `Invalid value at '${field}'`;
  throw new ProviderError(400, description, { violations: [{ field, description }] });
}

function textOf(request: z.infer<typeof requestSchema>): string {
  return request.content.parts.map((part) => part.text ?? "").join("");
}

function embed(requests: readonly z.infer<typeof requestSchema>[]): () => { values: number[] }[] {
  return () =>
    requests.map((request) => {
      const dimensions = request.outputDimensionality ?? request.output_dimensionality ?? defaultDimensions;
      return { values: toNumbers(embeddingVector(textOf(request), dimensions)) };
    });
}

function usageOf(tokens: number | undefined): object {
  if (tokens === undefined) return {};
  const promptTokensDetails = [{ modality: "TEXT", tokenCount: tokens }];
  return { usageMetadata: { promptTokenCount: tokens, totalTokenCount: tokens, promptTokensDetails } };
}
