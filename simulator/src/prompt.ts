/** A tool that a request offers. `schema` is the JSON Schema of its arguments, as the dialect has it. */
export interface OfferedTool {
  name: string;
  description: string;
  schema: unknown;
}

/** `required`: any of the tools must be called. */
export type ToolChoice = "auto" | "none" | "required" | { name: string };

/** What the simulator reads from a chat request, whatever its dialect. */
export interface Prompt {
  /** Text of all messages, one after the other: what input tokens are counted on. */
  text: string;
  /** Messages, a system prompt outside of them included. */
  messageCount: number;
  imageCount: number;
  lastUserText: string;
  /** Set when the last message is the result of a tool. */
  toolResult: string | undefined;
  tools: readonly OfferedTool[];
  toolChoice: ToolChoice;
  parallelToolCalls: boolean;
  /** Set when the reply must be JSON; `schema` where one is given. */
  structured: { schema: unknown } | undefined;
  maxOutputTokens: number | undefined;
  stopSequences: readonly string[];
  /** The request turns reasoning on. */
  reasoningAsked: boolean;
  /** How many replies to the same prompt (`n`, `candidateCount`). */
  choiceCount: number;
}
