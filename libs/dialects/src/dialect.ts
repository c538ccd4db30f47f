import type { DialectName, Operation } from "@sluice/contracts/dialect-name";
import type { SluiceError } from "@sluice/contracts/sluice-error";
import type { Usage } from "@sluice/contracts/usage";
import type { CanonicalEmbeddingsReply, CanonicalEmbeddingsRequest } from "./canonical-embeddings.ts";
import type { CanonicalChatReply, FinishReason } from "./canonical-reply.ts";
import type { CanonicalChatRequest } from "./canonical-request.ts";
import type { CanonicalStreamEvent } from "./canonical-stream.ts";

/** What a request says outside its body (Gemini names the model in the path). */
export interface RequestFacts {
  model: string;
  stream: boolean;
}

/** What a reply needs to be written besides its content. */
export interface ReplyFacts {
  requestId: string;
  /** Id of the reply, where it is known by another one than the request's. */
  replyId?: string | undefined;
  /** Model as the client named it; written where the provider named none. */
  model: string;
  createdAtMs: number;
  /** OpenAI streams: write the usage chunk. @default false */
  includeUsage?: boolean | undefined;
  /** Gemini streams: `json-array` is what `streamGenerateContent` gives without `alt=sse`. @default "sse" */
  framing?: StreamFraming | undefined;
}
export type StreamFraming = "sse" | "json-array";

/** Where in a stream an error comes. */
export interface StreamErrorPlace {
  /** @default "sse" */
  framing?: StreamFraming | undefined;
  /** Whether a part of the reply was written before; only `json-array` needs to know. @default true */
  started?: boolean | undefined;
}

/** One event of a Server-Sent Events stream. */
export interface StreamEventData {
  event?: string | undefined;
  data: string;
}

/** Writes a streamed reply as the exact bytes of the dialect. */
export interface StreamWriter {
  /** Takes the events in order; the text may be empty. */
  write(event: CanonicalStreamEvent): string;
  /** What closes the stream. Not called after an error. */
  end(): string;
}

/** Reads a provider's stream. Unknown events are passed over. */
export interface StreamReader {
  /** @throws SluiceError `provider_invalid_reply` for an event that is no JSON. */
  push(event: StreamEventData): CanonicalStreamEvent[];
  /**
   * To be called when the provider closed the stream.
   * @throws SluiceError `provider_stream_cut` when the reply had not come to its end.
   */
  finish(): CanonicalStreamEvent[];
}

export interface ListedModel {
  name: string;
  createdAtMs?: number | undefined;
}

/** Where a request goes below the backend's base URL, and with which query. */
export interface RequestTarget {
  path: string;
  query?: Record<string, string>;
}
export interface ProviderRequest extends RequestTarget {
  body: unknown;
}
export interface TargetFacts {
  operation: Exclude<Operation, "models" | "feedback">;
  providerModel: string;
  stream: boolean;
}

/** What a reply that is passed through tells about itself. */
export interface ReplyReport {
  /** Undefined where the provider reported none. */
  usage?: Usage;
  /** A stream ended before its final usage: the input tokens are right, the output tokens are too few. */
  usageIsPartial?: boolean;
  responseModel?: string;
  /** The provider's id of the reply. */
  providerRequestId?: string;
  finishReason?: FinishReason;
}
export interface StreamReport extends ReplyReport {
  /** The reply came to its end; false after a cut. */
  complete: boolean;
  /** The provider reported an error in the stream. */
  error?: SluiceError;
}

/** Finds usage in a stream that is passed through, parsing as few events as it can. */
export interface UsageReader {
  push(event: StreamEventData): void;
  result(): StreamReport;
  /**
   * The text of the reply so far, thinking and tool arguments included, for counting tokens where the
   * provider reports no usage. At most `maxOutputTextChars` characters are kept.
   */
  outputText(): string;
  /** Characters of the whole text, also of what was not kept. */
  outputChars(): number;
}

export interface ErrorReport {
  message: string;
  /** The provider's own word for the kind of error. */
  type?: string;
}

/** Both sides of a wire format, as pure functions. */
export interface Dialect {
  readonly name: DialectName;
  /** The provider's public address, without a slash at its end. Paths of requests go behind it. */
  readonly defaultBaseUrl: string;

  // The side that clients speak to.

  /** @throws SluiceError `invalid_request` or `unsupported_feature`, `parameter` being the JSON path. */
  readChatRequest(json: unknown, facts: RequestFacts): CanonicalChatRequest;
  writeChatReply(reply: CanonicalChatReply, facts: ReplyFacts): unknown;
  createStreamWriter(facts: ReplyFacts): StreamWriter;
  /** @throws SluiceError as readChatRequest. */
  readEmbeddingsRequest(json: unknown, facts: RequestFacts): CanonicalEmbeddingsRequest;
  writeEmbeddingsReply(
    reply: CanonicalEmbeddingsReply,
    request: CanonicalEmbeddingsRequest,
    facts: ReplyFacts,
  ): unknown;
  /** The body of an error answer; its status is `error.status`. */
  writeError(error: SluiceError, requestId: string): unknown;
  /** An error in a stream that has begun, written so that the dialect's official SDKs raise it. */
  writeStreamError(error: SluiceError, requestId: string, place?: StreamErrorPlace): string;
  writeModelList(models: ListedModel[]): unknown;
  writeModel(model: ListedModel): unknown;

  // The side that speaks to providers.

  /** Where a provider lists its models, below its base URL. */
  modelListPath: string;

  /** @throws SluiceError `unsupported_feature` for an operation that the provider does not have. */
  requestTarget(facts: TargetFacts): RequestTarget;
  /** @throws SluiceError `unsupported_feature` for what the dialect cannot say. */
  writeChatRequest(request: CanonicalChatRequest, target: { providerModel: string }): ProviderRequest;
  /** Whether the model goes on from a beginning of its reply that it is given: `continuesAssistant` of a request. */
  takesPrefill(providerModel: string): boolean;
  /** @throws SluiceError as writeChatRequest. */
  writeEmbeddingsRequest(
    request: CanonicalEmbeddingsRequest,
    target: { providerModel: string },
  ): ProviderRequest;
  /** Headers that carry the key, and those of the client's that change what a reply means. */
  providerHeaders(apiKey: string, clientHeaders: Record<string, string>): Record<string, string>;
  /** @throws SluiceError `provider_invalid_reply`. */
  readChatReply(json: unknown): CanonicalChatReply;
  /** @throws SluiceError `provider_invalid_reply`. */
  readEmbeddingsReply(json: unknown): CanonicalEmbeddingsReply;
  createStreamReader(): StreamReader;
  /** Takes the parsed body, or its text where it is no JSON. */
  readErrorBody(status: number, body: unknown): ErrorReport;
  /** `headers` with lower-case names; `body` parsed, or its text where it is no JSON. */
  toProviderError(status: number, headers: Record<string, string>, body: unknown): SluiceError;

  // Same dialect in and out: the bytes pass through.

  /**
   * False where the conversation holds thoughts that another dialect's provider made. This one would refuse them;
   * reading and writing the request takes them out.
   */
  canPassThrough(body: string): boolean;
  /**
   * Changes what must change and leaves every other byte as it is: the model's name and, for OpenAI
   * streams, the wish for usage.
   * @throws SluiceError `invalid_json`.
   */
  preparePassThroughBody(body: string, facts: TargetFacts): string;
  readUsageFromReply(json: unknown): ReplyReport;
  createUsageReader(): UsageReader;
  /** Whether the client itself asked for the usage of a stream; true where the dialect always gives it. */
  clientAskedForUsage(body: string): boolean;
  /** The event holds usage and no content, and is there only because usage was asked for. */
  isUsageOnlyChunk(data: string): boolean;
}

/** How much of a stream's text a usage reader keeps. */
export const maxOutputTextChars = 262_144;
