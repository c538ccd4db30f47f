import { SluiceError } from "@sluice/contracts/sluice-error";
import type { Dialect } from "../dialect.ts";
import { renameModel } from "../rename-model.ts";
import { carriesForeignThoughts } from "../thought-signature.ts";
import { claudeModel } from "./claude-model.ts";
import { readAnthropicErrorBody, toAnthropicProviderError } from "./provider-error.ts";
import { readAnthropicReply } from "./read-reply.ts";
import { readAnthropicRequest } from "./read-request.ts";
import { anthropicBaseUrl, anthropicHeaders, anthropicTarget, noEmbeddings } from "./request-target.ts";
import { createAnthropicStreamReader } from "./stream-reader.ts";
import { createAnthropicStreamWriter } from "./stream-writer.ts";
import { createAnthropicUsageReader, readAnthropicReport } from "./usage-reader.ts";
import { writeAnthropicError, writeAnthropicStreamError } from "./write-error.ts";
import { writeAnthropicModel, writeAnthropicModelList } from "./write-model-list.ts";
import { writeAnthropicReply } from "./write-reply.ts";
import { writeAnthropicRequest } from "./write-request.ts";

const clientHasNoEmbeddings = (): never => {
  throw new SluiceError("unsupported_feature", "Anthropic's API has no embeddings.");
};

/** Anthropic: messages. */
export const anthropicDialect: Dialect = {
  name: "anthropic",
  defaultBaseUrl: anthropicBaseUrl,
  readChatRequest: readAnthropicRequest,
  writeChatReply: writeAnthropicReply,
  createStreamWriter: createAnthropicStreamWriter,
  readEmbeddingsRequest: clientHasNoEmbeddings,
  writeEmbeddingsReply: clientHasNoEmbeddings,
  writeError: writeAnthropicError,
  writeStreamError: writeAnthropicStreamError,
  writeModelList: writeAnthropicModelList,
  writeModel: writeAnthropicModel,
  modelListPath: "/v1/models",
  requestTarget: anthropicTarget,
  writeChatRequest: writeAnthropicRequest,
  takesPrefill: (providerModel) => claudeModel(providerModel).takesPrefill,
  writeEmbeddingsRequest() {
    throw noEmbeddings();
  },
  providerHeaders: anthropicHeaders,
  readChatReply: readAnthropicReply,
  readEmbeddingsReply() {
    throw noEmbeddings();
  },
  createStreamReader: createAnthropicStreamReader,
  readErrorBody: readAnthropicErrorBody,
  toProviderError: toAnthropicProviderError,
  canPassThrough: (body) => !carriesForeignThoughts(body),
  preparePassThroughBody: (body, facts) => renameModel(body, facts.providerModel),
  readUsageFromReply: readAnthropicReport,
  createUsageReader: createAnthropicUsageReader,
  // Anthropic's streams always tell their usage, within events that the client needs.
  clientAskedForUsage: () => true,
  isUsageOnlyChunk: () => false,
};
