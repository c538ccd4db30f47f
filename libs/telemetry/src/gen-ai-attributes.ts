/**
 * Every attribute name that a span or a metric of Sluice may carry, in one place.
 *
 * The `gen_ai.*` names are those of the OpenTelemetry GenAI semantic conventions
 * (https://github.com/open-telemetry/semantic-conventions-genai, status Development); the test beside this file
 * compares each with the package `@opentelemetry/semantic-conventions`. None of the conventions' content
 * attributes (`gen_ai.input.messages`, `gen_ai.output.messages`, `gen_ai.system_instructions`, tool arguments and
 * results) is in the list, and nothing outside the list gets on a span: that keeps prompts out of traces.
 */

/** Release of the semantic conventions that the names and values below are taken from. */
export const semanticConventionsVersion = "1.45.0";

/** Names of the GenAI conventions. */
export const genAiAttributes = {
  operationName: "gen_ai.operation.name",
  providerName: "gen_ai.provider.name",
  promptName: "gen_ai.prompt.name",
  requestModel: "gen_ai.request.model",
  requestStream: "gen_ai.request.stream",
  requestMaxTokens: "gen_ai.request.max_tokens",
  responseId: "gen_ai.response.id",
  responseModel: "gen_ai.response.model",
  responseFinishReasons: "gen_ai.response.finish_reasons",
  /** Seconds. */
  responseTimeToFirstChunk: "gen_ai.response.time_to_first_chunk",
  tokenType: "gen_ai.token.type",
  usageInputTokens: "gen_ai.usage.input_tokens",
  usageOutputTokens: "gen_ai.usage.output_tokens",
  usageCacheReadInputTokens: "gen_ai.usage.cache_read.input_tokens",
  usageCacheCreationInputTokens: "gen_ai.usage.cache_creation.input_tokens",
  usageReasoningOutputTokens: "gen_ai.usage.reasoning.output_tokens",
} as const;

/** Names of the general conventions: HTTP at the edge and towards the provider, messaging inside. */
export const generalAttributes = {
  errorType: "error.type",
  httpRequestMethod: "http.request.method",
  httpRequestResendCount: "http.request.resend_count",
  httpResponseStatusCode: "http.response.status_code",
  httpRoute: "http.route",
  serverAddress: "server.address",
  serverPort: "server.port",
  messagingSystem: "messaging.system",
  messagingOperationName: "messaging.operation.name",
  messagingOperationType: "messaging.operation.type",
  messagingDestinationName: "messaging.destination.name",
  messagingConsumerGroupName: "messaging.consumer.group.name",
  messagingBatchMessageCount: "messaging.batch.message_count",
  messagingMessageBodySize: "messaging.message.body.size",
} as const;

/** Sluice's own names, for what no convention has a word for. */
export const sluiceAttributes = {
  /** UUIDv7 of the request, the same as the client's `x-request-id`. */
  requestId: "sluice.request.id",
  /** Which sending of the request, from 1. */
  delivery: "sluice.delivery",
  /** Which provider call within one delivery, from 1. */
  attempt: "sluice.attempt",
  /** Wire format that the client speaks. */
  dialect: "sluice.dialect",
  /** Backend of the configuration that was chosen. */
  backend: "sluice.backend",
  /** Which version of the prompt template that `gen_ai.prompt.name` names. */
  promptVersion: "sluice.prompt.version",
  /** Revision of the configuration that the request is judged by. */
  revision: "sluice.configuration.revision",
  /** Service of the mesh that a metric or span is about, where it is not the one that reports. */
  service: "sluice.service",
  /** Id of the virtual key; never the key. */
  keyId: "sluice.key.id",
  team: "sluice.team",
  application: "sluice.application",
  /** Name of a policy, and what it did: `masked`, `blocked`, `audited`, `failed_open`. */
  policy: "sluice.policy",
  policyAction: "sluice.policy.action",
  policyMatches: "sluice.policy.matches",
  /** Limit of a policy, a consumer or (without its name) a key, and what became of it: `near_limit`, `would_refuse`. */
  limit: "sluice.limit.name",
  limitReason: "sluice.limit.reason",
  /** How a provider call ended: `completed`, `cancelled`, `failed`, `not_called`. */
  outcome: "sluice.call.outcome",
  /** `provider` or `estimated`. */
  usageSource: "sluice.usage.source",
  /** Bytes of the body as the client sent it. */
  bodyBytes: "sluice.body.bytes",
  /** Milliseconds between the sending of the message and the handler's start. */
  queueWaitMs: "sluice.queue.wait_ms",
  /** Frames of the reply. */
  frames: "sluice.frames",
  /** Workflow of the configuration, and which step of it a request or span is for. */
  workflow: "sluice.workflow.name",
  workflowStep: "sluice.workflow.step",
  /** Id of the client's request that a step's request is part of. */
  parentRequestId: "sluice.parent_request.id",
  /** What the cache of replies did: `hit`, `miss`, `refresh`, `bypass`. */
  cacheResult: "sluice.cache.result",
  /** How similar the question is whose reply the cache gave, where it is another one. */
  cacheSimilarity: "sluice.cache.similarity",
  /** Price of the call in nano-dollars. */
  costNanoUsd: "sluice.cost.nano_usd",
} as const;

/** Values that the conventions fix. */
export const providerNames = {
  openai: "openai",
  anthropic: "anthropic",
  gemini: "gcp.gemini",
  bedrock: "aws.bedrock",
  azureOpenai: "azure.ai.openai",
} as const;
export const tokenTypes = { input: "input", output: "output" } as const;
/** `gen_ai.operation.name`: the operations of the contracts are these values already. */
export const operationNames = { chat: "chat", embeddings: "embeddings" } as const;
/** `messaging.system` has no well-known value for NATS; the conventions allow a custom one. */
export const messagingSystem = "nats";

type ValueOf<Names> = Names[keyof Names];

/** A name that may stand on a span. */
export type AttributeName =
  | ValueOf<typeof genAiAttributes>
  | ValueOf<typeof generalAttributes>
  | ValueOf<typeof sluiceAttributes>;

/** What may be put on a span. Strings past {@link attributeValueLimit} characters are refused. */
export type SpanAttributes = { [Name in AttributeName]?: string | number | boolean | string[] | undefined };

/** Longest string that an attribute may have; names and ids are shorter, prompts are not. */
export const attributeValueLimit = 256;

/** Attributes of a GenAI metric. All come from the configuration or a fixed list, none from the client's text. */
export type GenAiMetricAttributes = {
  "gen_ai.operation.name": string;
  "gen_ai.provider.name": string;
  /** Model as the provider is asked for it, from the configuration; not the client's word. */
  "gen_ai.request.model"?: string;
  "gen_ai.response.model"?: string;
  "server.address"?: string;
  "server.port"?: number;
  /** Error code; only where the operation failed. */
  "error.type"?: string;
};
