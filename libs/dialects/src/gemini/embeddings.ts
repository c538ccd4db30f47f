import { z } from "zod";
import type { CanonicalEmbeddingsReply, CanonicalEmbeddingsRequest } from "../canonical-embeddings.ts";
import { checkProviderShape } from "../check-shape.ts";
import type { ProviderRequest } from "../dialect.ts";
import { presentFields } from "../present-fields.ts";
import { unsupportedAt } from "../unsupported.ts";
import { geminiModelPath, geminiTarget } from "./request-target.ts";
import { geminiUsageSchema, readGeminiUsage } from "./usage.ts";

/**
 * Writes a request for `:batchEmbedContents`, one request in it per text.
 * @throws SluiceError `unsupported_feature` for token numbers, which are those of another tokenizer.
 */
export function writeGeminiEmbeddingsRequest(
  request: CanonicalEmbeddingsRequest,
  target: { providerModel: string },
): ProviderRequest {
  const model = geminiModelPath(target.providerModel);
  return {
    ...geminiTarget({ operation: "embeddings", providerModel: target.providerModel, stream: false }),
    body: {
      requests: request.inputs.map((input) => {
        if (typeof input !== "string") {
          throw unsupportedAt("input", "This model takes text only, not token numbers.");
        }
        return {
          model,
          content: { parts: [{ text: input }] },
          ...presentFields({ outputDimensionality: request.dimensions }),
        };
      }),
    },
  };
}

const replySchema = z.object({
  embeddings: z.array(z.object({ values: z.array(z.number()) })),
  usageMetadata: geminiUsageSchema.nullish(),
});

/** @throws SluiceError `provider_invalid_reply`. */
export function readGeminiEmbeddingsReply(json: unknown): CanonicalEmbeddingsReply {
  const reply = checkProviderShape(replySchema, json);
  return {
    vectors: reply.embeddings.map(({ values }) => values),
    ...presentFields({ usage: readGeminiUsage(reply.usageMetadata) }),
  };
}
