/** A call of a tool that a reply asks for. */
export interface ToolCall {
  /** Letters and digits, unique within the conversation; each dialect puts its own prefix before it. */
  id: string;
  name: string;
  input: Record<string, unknown>;
  /** `input` as JSON, in the pieces in which it is streamed; each counts as one token. */
  inputPieces: readonly string[];
}

/** Why a reply stops. */
export type Stop = "end" | "length" | "tool_calls" | "stop_sequence" | "refusal" | "prompt_refused";

/** One reply to a prompt, in pieces of which each counts as one token and is streamed as one chunk. */
export interface Choice {
  /** Reasoning as text, for the dialects that show it. */
  reasoning: readonly string[];
  text: Iterable<string>;
  /** Pieces of `text`; infinite when it never ends. */
  textTokens: number;
  /** `text` is made while it is sent, and too large to be held. */
  lazy: boolean;
  toolCalls: readonly ToolCall[];
  stop: Stop;
  stopSequence: string | undefined;
}

/** The text as one string. For choices that are not lazy. */
export function joinText(choice: Choice): string {
  return [...choice.text].join("");
}

/** Tokens of a choice, reasoning included. A tool's name counts as one, as each piece of its input does. */
export function outputTokens(choice: Choice): number {
  let tokens = choice.reasoning.length + choice.textTokens;
  for (const call of choice.toolCalls) tokens += 1 + call.inputPieces.length;
  return tokens;
}
