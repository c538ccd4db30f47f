import type { DialectName } from "@sluice/contracts/dialect-name";
import type { SluiceError } from "@sluice/contracts/sluice-error";
import type { Usage } from "@sluice/contracts/usage";
import type { ThoughtSignature } from "./canonical-content.ts";
import type { CanonicalTokenLogprob, FinishReason } from "./canonical-reply.ts";

/**
 * A piece of a streamed reply in no dialect. `candidate` is the number of the answer (from 0), `call` the
 * number of the tool call within it. Text, thinking and calls come in the order in which the model made them.
 */
export type CanonicalStreamEvent =
  /** `usage` is what the provider knows at the start: its input tokens are right, its output tokens are not yet. */
  | { type: "start"; id?: string; model?: string; createdAtMs?: number; usage?: Usage }
  | { type: "text"; candidate: number; text: string }
  | { type: "refusal"; candidate: number; text: string }
  | { type: "thinking"; candidate: number; text: string }
  /** Closes the thinking before it. */
  | { type: "thinking-signature"; candidate: number; signature: ThoughtSignature }
  | { type: "redacted-thinking"; candidate: number; data: string; from: DialectName }
  | {
      type: "tool-call-start";
      candidate: number;
      call: number;
      id: string;
      name: string;
      signature?: ThoughtSignature;
    }
  /** A piece of the JSON text of the call's arguments. */
  | { type: "tool-call-arguments"; candidate: number; call: number; json: string }
  | { type: "logprobs"; candidate: number; tokens: CanonicalTokenLogprob[] }
  | { type: "finish"; candidate: number; finishReason: FinishReason; stopSequence?: string }
  /** Of the whole reply; a later one replaces an earlier one. */
  | { type: "usage"; usage: Usage }
  /** The provider reported an error in the stream; nothing follows. */
  | { type: "error"; error: SluiceError };
