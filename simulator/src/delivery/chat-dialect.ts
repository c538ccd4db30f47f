import type { Prompt } from "../prompt.ts";
import type { ProviderError } from "../provider-error.ts";
import type { ProviderName } from "../provider-name.ts";
import type { Choice } from "../reply/choice.ts";
import type { Usage } from "../usage.ts";

/** How a streamed reply is framed. `array` is Gemini's stream without `alt=sse`: one JSON array. */
export type Framing = "plain" | "sse" | "array";

/** A chat request that its provider takes. */
export interface ChatCall {
  model: string;
  framing: Framing;
  prompt: Prompt;
  /** The dialect's facts about how the reply is to be shaped. */
  shape: ReplyShape;
}

export interface ReplyShape {
  /** OpenAI: the client wants the usage chunk. */
  includeUsage?: boolean;
  /** Anthropic, Gemini: reasoning is part of the reply's content. */
  showReasoning?: boolean;
  /** Anthropic: the thinking blocks have a signature and no text. */
  omitReasoningText?: boolean;
}

/** What is sent as the reply to a call. */
export interface ChatReply {
  model: string;
  /** The id in the body: `chatcmpl-…`, `msg_…`, Gemini's `responseId`. */
  replyId: string;
  createdSeconds: number;
  choices: readonly Choice[];
  /** What the whole reply costs. */
  usage: Usage;
  /** False when the reply must not say what it cost. */
  reportsUsage: boolean;
  shape: ReplyShape;
}

/** A part of a streamed reply. */
export interface StreamPart {
  /** One or more whole events, framed for the wire. */
  data: string;
  /** Output tokens that are billed once it is written. */
  tokens: number;
  /** A chunk in the sense of the directives: what is paced, counted, stalled on and cut after. */
  chunk: boolean;
}

/** A provider's chat endpoint. */
export interface ChatDialect {
  provider: ProviderName;
  /** The body of a whole reply, before it is serialised. */
  plainBody(reply: ChatReply): unknown;
  streamParts(reply: ChatReply, framing: Framing): Iterable<StreamPart>;
  /** An error inside a stream that has begun. */
  streamedError(error: ProviderError, framing: Framing): string;
  /** What keeps an idle stream open. */
  keepalive(framing: Framing): string;
}
