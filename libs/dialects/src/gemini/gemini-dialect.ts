import { SluiceError } from "@sluice/contracts/sluice-error";
import type { Dialect } from "../dialect.ts";
import { carriesForeignThoughts } from "../thought-signature.ts";
import { readGeminiEmbeddingsReply, writeGeminiEmbeddingsRequest } from "./embeddings.ts";
import { readGeminiErrorBody, toGeminiProviderError } from "./provider-error.ts";
import { readGeminiReply } from "./read-reply.ts";
import { readGeminiRequest } from "./read-request.ts";
import { geminiBaseUrl, geminiHeaders, geminiTarget } from "./request-target.ts";
import { createGeminiStreamReader } from "./stream-reader.ts";
import { createGeminiStreamWriter } from "./stream-writer.ts";
import { createGeminiUsageReader, readGeminiReport } from "./usage-reader.ts";
import { writeGeminiError, writeGeminiStreamError } from "./write-error.ts";
import { writeGeminiModel, writeGeminiModelList } from "./write-model-list.ts";
import { writeGeminiReply } from "./write-reply.ts";
import { writeGeminiRequest } from "./write-request.ts";

const clientHasNoEmbeddings = (): never => {
  throw new SluiceError(
    "unsupported_feature",
    "Embeddings are served in OpenAI's dialect: POST /v1/embeddings.",
  );
};

/** Gemini: generateContent and streamGenerateContent; embeddings on the provider's side. */
export const geminiDialect: Dialect = {
  name: "gemini",
  defaultBaseUrl: geminiBaseUrl,
  readChatRequest: readGeminiRequest,
  writeChatReply: writeGeminiReply,
  createStreamWriter: createGeminiStreamWriter,
  readEmbeddingsRequest: clientHasNoEmbeddings,
  writeEmbeddingsReply: clientHasNoEmbeddings,
  writeError: writeGeminiError,
  writeStreamError: writeGeminiStreamError,
  writeModelList: writeGeminiModelList,
  writeModel: writeGeminiModel,
  modelListPath: "/v1beta/models",
  requestTarget: geminiTarget,
  writeChatRequest: writeGeminiRequest,
  takesPrefill: () => false,
  writeEmbeddingsRequest: writeGeminiEmbeddingsRequest,
  providerHeaders: geminiHeaders,
  readChatReply: readGeminiReply,
  readEmbeddingsReply: readGeminiEmbeddingsReply,
  createStreamReader: createGeminiStreamReader,
  readErrorBody: readGeminiErrorBody,
  toProviderError: toGeminiProviderError,
  canPassThrough: (body) => !carriesForeignThoughts(body),
  // The path names the model, and streams always tell their usage: nothing in the body must change.
  preparePassThroughBody: (body) => body,
  readUsageFromReply: readGeminiReport,
  createUsageReader: createGeminiUsageReader,
  clientAskedForUsage: () => true,
  isUsageOnlyChunk: () => false,
};
