import type { FinishReason } from "../canonical-reply.ts";

const fromAnthropic: Record<string, FinishReason> = {
  end_turn: "stop",
  stop_sequence: "stop-sequence",
  max_tokens: "length",
  model_context_window_exceeded: "length",
  tool_use: "tool-calls",
  refusal: "content-filter",
};

export function readAnthropicStopReason(reason: string | null | undefined): FinishReason {
  return reason == null ? "other" : (fromAnthropic[reason] ?? "other");
}

const toAnthropic: Record<FinishReason, string> = {
  stop: "end_turn",
  "stop-sequence": "stop_sequence",
  length: "max_tokens",
  "tool-calls": "tool_use",
  "content-filter": "refusal",
  other: "end_turn",
};

/** @param hasStopSequence whether it is known which sequence it was; without it the word would mislead. */
export function writeAnthropicStopReason(reason: FinishReason, hasStopSequence: boolean): string {
  return reason === "stop-sequence" && !hasStopSequence ? "end_turn" : toAnthropic[reason];
}
