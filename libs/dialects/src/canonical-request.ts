import type { DialectName } from "@sluice/contracts/dialect-name";
import type { CanonicalMessage } from "./canonical-content.ts";

/** A JSON schema, as the client wrote it. */
export type JsonSchema = Record<string, unknown>;

export interface CanonicalTool {
  name: string;
  description?: string;
  /** @default undefined (the tool takes no arguments) */
  parameters?: JsonSchema;
  /** The provider shall hold the model to the schema. */
  strict?: boolean;
}

/** Whether tools may, must or must not be called; `names` narrows the choice to these. */
export interface CanonicalToolChoice {
  mode: "auto" | "none" | "required";
  names?: string[];
}

export type CanonicalResponseFormat =
  | { type: "json-object" }
  | { type: "json-schema"; name: string; description?: string; schema: JsonSchema; strict?: boolean };

export const reasoningEfforts = ["minimal", "low", "medium", "high", "xhigh", "max"] as const;
export type ReasoningEffort = (typeof reasoningEfforts)[number];

export interface CanonicalReasoning {
  /** False: the client asked for no thinking at all. */
  enabled: boolean;
  effort?: ReasoningEffort;
  /** Tokens that may be spent on thinking. */
  budgetTokens?: number;
  /** Whether the client wants to read the thoughts; undefined: as the provider does by itself. */
  includeThoughts?: boolean;
}

/** A chat request in no dialect. Absent fields mean the provider's default. */
export interface CanonicalChatRequest {
  /** The client's dialect, whose names errors use. */
  dialect: DialectName;
  /** Model as the client named it. */
  model: string;
  stream: boolean;
  /** In the client's order, system messages among them. */
  messages: CanonicalMessage[];
  /** The reply shall go on where the last message, the assistant's own, breaks off. */
  continuesAssistant: boolean;
  tools: CanonicalTool[];
  toolChoice?: CanonicalToolChoice;
  /** False: at most one tool call in a reply. */
  parallelToolCalls?: boolean;
  responseFormat?: CanonicalResponseFormat;
  /** Upper limit of the reply in tokens, thinking included. */
  maxOutputTokens?: number;
  temperature?: number;
  topP?: number;
  topK?: number;
  frequencyPenalty?: number;
  presencePenalty?: number;
  seed?: number;
  stopSequences: string[];
  /** @default 1 */
  candidateCount: number;
  /** Log probabilities of the reply's tokens, with this many alternatives each. */
  logprobs?: { alternatives: number };
  reasoning?: CanonicalReasoning;
  /** The client's own name for its end user. */
  endUser?: string;
  /** An OpenAI client asked for the usage chunk at the end of its stream. */
  includeUsage: boolean;
}
