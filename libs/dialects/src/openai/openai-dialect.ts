import type { Dialect } from "../dialect.ts";
import {
  readOpenaiEmbeddingsReply,
  readOpenaiEmbeddingsRequest,
  writeOpenaiEmbeddingsReply,
  writeOpenaiEmbeddingsRequest,
} from "./embeddings.ts";
import { isOpenaiUsageOnlyChunk, openaiClientAskedForUsage, prepareOpenaiBody } from "./pass-through.ts";
import { readOpenaiErrorBody, toOpenaiProviderError } from "./provider-error.ts";
import { readOpenaiReply } from "./read-reply.ts";
import { readOpenaiRequest } from "./read-request.ts";
import { openaiBaseUrl, openaiHeaders, openaiTarget } from "./request-target.ts";
import { createOpenaiStreamReader } from "./stream-reader.ts";
import { createOpenaiStreamWriter } from "./stream-writer.ts";
import { createOpenaiUsageReader, readOpenaiReport } from "./usage-reader.ts";
import { writeOpenaiError, writeOpenaiStreamError } from "./write-error.ts";
import { writeOpenaiModel, writeOpenaiModelList } from "./write-model-list.ts";
import { writeOpenaiReply } from "./write-reply.ts";
import { writeOpenaiRequest } from "./write-request.ts";

/** OpenAI: chat completions and embeddings, and the many servers that speak the same. */
export const openaiDialect: Dialect = {
  name: "openai",
  defaultBaseUrl: openaiBaseUrl,
  readChatRequest: readOpenaiRequest,
  writeChatReply: writeOpenaiReply,
  createStreamWriter: createOpenaiStreamWriter,
  readEmbeddingsRequest: readOpenaiEmbeddingsRequest,
  writeEmbeddingsReply: writeOpenaiEmbeddingsReply,
  writeError: writeOpenaiError,
  writeStreamError: writeOpenaiStreamError,
  writeModelList: writeOpenaiModelList,
  writeModel: writeOpenaiModel,
  modelListPath: "/models",
  requestTarget: openaiTarget,
  writeChatRequest: writeOpenaiRequest,
  takesPrefill: () => false,
  writeEmbeddingsRequest: writeOpenaiEmbeddingsRequest,
  providerHeaders: openaiHeaders,
  readChatReply: readOpenaiReply,
  readEmbeddingsReply: readOpenaiEmbeddingsReply,
  createStreamReader: createOpenaiStreamReader,
  readErrorBody: readOpenaiErrorBody,
  toProviderError: toOpenaiProviderError,
  // Nothing of a thought is in OpenAI's conversations but text that servers pass over.
  canPassThrough: () => true,
  preparePassThroughBody: prepareOpenaiBody,
  readUsageFromReply: readOpenaiReport,
  createUsageReader: createOpenaiUsageReader,
  clientAskedForUsage: openaiClientAskedForUsage,
  isUsageOnlyChunk: isOpenaiUsageOnlyChunk,
};
