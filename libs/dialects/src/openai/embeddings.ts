import { z } from "zod";
import type { CanonicalEmbeddingsReply, CanonicalEmbeddingsRequest } from "../canonical-embeddings.ts";
import { checkClientShape, checkProviderShape } from "../check-shape.ts";
import type { ProviderRequest, ReplyFacts, RequestFacts } from "../dialect.ts";
import { presentFields } from "../present-fields.ts";
import { openaiTarget } from "./request-target.ts";
import { openaiUsageSchema, readOpenaiUsage } from "./usage.ts";

const tokens = z.array(z.int().nonnegative()).min(1);
const requestSchema = z.object({
  input: z.union([z.string(), z.array(z.string()).min(1), tokens, z.array(tokens).min(1)]),
  dimensions: z.int().positive().nullish(),
  encoding_format: z.enum(["float", "base64"]).nullish(),
  user: z.string().nullish(),
});

/** One text or one list of token numbers is one input; a list of either is many. */
function readInputs(input: z.infer<typeof requestSchema>["input"]): (string | number[])[] {
  if (typeof input === "string") return [input];
  const isOneTokenList = (list: typeof input): list is number[] => typeof list[0] === "number";
  return isOneTokenList(input) ? [input] : input;
}

/** Reads a request of `POST /v1/embeddings`. */
export function readOpenaiEmbeddingsRequest(json: unknown, facts: RequestFacts): CanonicalEmbeddingsRequest {
  const request = checkClientShape(requestSchema, json, "");
  return {
    model: facts.model,
    inputs: readInputs(request.input),
    encoding: request.encoding_format ?? "float",
    ...presentFields({ dimensions: request.dimensions, endUser: request.user }),
  };
}

/** Vectors are asked for as numbers; they are encoded for the client when the reply is written. */
export function writeOpenaiEmbeddingsRequest(
  request: CanonicalEmbeddingsRequest,
  target: { providerModel: string },
): ProviderRequest {
  const [only, ...others] = request.inputs;
  return {
    ...openaiTarget({ operation: "embeddings", providerModel: target.providerModel, stream: false }),
    body: {
      model: target.providerModel,
      input: others.length === 0 ? only : request.inputs,
      encoding_format: "float",
      ...presentFields({ dimensions: request.dimensions, user: request.endUser }),
    },
  };
}

const replySchema = z.object({
  model: z.string().nullish(),
  data: z.array(
    z.object({
      index: z.int().nonnegative().nullish(),
      embedding: z.union([z.array(z.number()), z.string()]),
    }),
  ),
  usage: openaiUsageSchema.nullish(),
});

/** OpenAI's base64 is of 32-bit floats, little-endian. */
function decodeVector(text: string): number[] {
  const bytes = Buffer.from(text, "base64");
  return Array.from({ length: Math.floor(bytes.length / 4) }, (_, index) => bytes.readFloatLE(index * 4));
}

function encodeVector(vector: number[]): string {
  const bytes = Buffer.alloc(vector.length * 4);
  for (const [index, value] of vector.entries()) bytes.writeFloatLE(value, index * 4);
  return bytes.toString("base64");
}

/** @throws SluiceError `provider_invalid_reply`. */
export function readOpenaiEmbeddingsReply(json: unknown): CanonicalEmbeddingsReply {
  const reply = checkProviderShape(replySchema, json);
  const sorted = reply.data
    .map((item, position) => ({ ...item, index: item.index ?? position }))
    .sort((left, right) => left.index - right.index);
  return {
    vectors: sorted.map(({ embedding }) =>
      typeof embedding === "string" ? decodeVector(embedding) : embedding,
    ),
    ...presentFields({ model: reply.model, usage: readOpenaiUsage(reply.usage) }),
  };
}

/**
 * Writes the answer to `POST /v1/embeddings`. Its `usage` may not be left out; where the provider counted
 * nothing and the caller put in no estimate, it says 0.
 */
export function writeOpenaiEmbeddingsReply(
  reply: CanonicalEmbeddingsReply,
  request: CanonicalEmbeddingsRequest,
  facts: ReplyFacts,
) {
  const inputTokens = reply.usage?.inputTokens ?? 0;
  return {
    object: "list" as const,
    data: reply.vectors.map((vector, index) => ({
      object: "embedding" as const,
      index,
      embedding: request.encoding === "base64" ? encodeVector(vector) : vector,
    })),
    model: reply.model ?? facts.model,
    usage: { prompt_tokens: inputTokens, total_tokens: inputTokens },
  };
}
