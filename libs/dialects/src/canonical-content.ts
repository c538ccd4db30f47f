import type { DialectName } from "@sluice/contracts/dialect-name";

/**
 * The one form that every dialect is read into and written from. It is made and taken apart inside one
 * process and never parsed from outside, so these are plain types; what comes from outside is checked by
 * the zod schemas of each dialect.
 */

/** Proof of a model's earlier thinking, to be sent back to the provider that made it and to no other. */
export interface ThoughtSignature {
  from: DialectName;
  value: string;
}

/** Bytes or a place where the provider finds them. */
export type MediaSource =
  | { kind: "base64"; mediaType: string; data: string }
  /** `mediaType` is undefined where the dialect does not say it. */
  | { kind: "url"; url: string; mediaType?: string };

export interface TextPart {
  type: "text";
  text: string;
}

export interface ImagePart {
  type: "image";
  source: MediaSource;
  /** JSON path in the client's body, to name it in errors. */
  path: string;
  /** OpenAI's `detail`: a hint that the other dialects do not know. */
  detail?: string;
}

export interface AudioPart {
  type: "audio";
  source: MediaSource;
  path: string;
}

/** A document, as a rule a PDF. Plain text documents are read as text. */
export interface FilePart {
  type: "file";
  source: MediaSource;
  path: string;
  name?: string;
}

/** The model's declared refusal, shown to the user in place of an answer. */
export interface RefusalPart {
  type: "refusal";
  text: string;
}

export interface ThinkingPart {
  type: "thinking";
  text: string;
  signature?: ThoughtSignature;
}

/** Thinking that only its provider can read. */
export interface RedactedThinkingPart {
  type: "redacted-thinking";
  data: string;
  from: DialectName;
}

export interface ToolCallPart {
  type: "tool-call";
  id: string;
  name: string;
  /** The arguments as JSON text, as the model wrote them: not always valid JSON. */
  argumentsJson: string;
  signature?: ThoughtSignature;
}

export interface ToolResultPart {
  type: "tool-result";
  callId: string;
  /** Name of the tool that was called. */
  name: string;
  content: ToolResultContent[];
  isError: boolean;
}

export type ToolResultContent = TextPart | ImagePart | FilePart;
export type UserPart = TextPart | ImagePart | AudioPart | FilePart;
export type AssistantPart = TextPart | RefusalPart | ThinkingPart | RedactedThinkingPart | ToolCallPart;

export interface SystemMessage {
  role: "system";
  content: TextPart[];
}
export interface UserMessage {
  role: "user";
  content: UserPart[];
}
export interface AssistantMessage {
  role: "assistant";
  content: AssistantPart[];
}
/** The results of one or more calls of the assistant message before it. */
export interface ToolMessage {
  role: "tool";
  content: ToolResultPart[];
}
export type CanonicalMessage = SystemMessage | UserMessage | AssistantMessage | ToolMessage;
