import type { Usage } from "@sluice/contracts/usage";
import type { AssistantPart } from "./canonical-content.ts";

/** Why the model stopped. */
export const finishReasons = [
  "stop",
  /** One of the client's stop sequences came. */
  "stop-sequence",
  /** The limit of output tokens, or the model's context, is reached. */
  "length",
  "tool-calls",
  /** The provider or the model refused to go on. */
  "content-filter",
  /** A reason that the other dialects have no word for. */
  "other",
] as const;
export type FinishReason = (typeof finishReasons)[number];

export interface CanonicalTokenLogprob {
  token: string;
  logprob: number;
  /** UTF-8 bytes of the token, where the provider gives them. */
  bytes?: number[];
  alternatives: { token: string; logprob: number; bytes?: number[] }[];
}

export interface CanonicalCandidate {
  index: number;
  content: AssistantPart[];
  finishReason: FinishReason;
  /** The sequence that stopped it, where the provider says which. */
  stopSequence?: string;
  logprobs?: CanonicalTokenLogprob[];
}

/** A whole reply in no dialect. */
export interface CanonicalChatReply {
  /** The provider's id of the reply. */
  id?: string;
  /** Model as the provider named it. */
  model?: string;
  createdAtMs?: number;
  candidates: CanonicalCandidate[];
  /** Undefined where the provider reported none. */
  usage?: Usage;
}
