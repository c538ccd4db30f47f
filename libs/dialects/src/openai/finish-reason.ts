import type { FinishReason } from "../canonical-reply.ts";

const fromOpenai: Record<string, FinishReason> = {
  stop: "stop",
  length: "length",
  tool_calls: "tool-calls",
  function_call: "tool-calls",
  content_filter: "content-filter",
};

/** @param hasToolCalls some servers say `stop` after tool calls. */
export function readOpenaiFinishReason(
  reason: string | null | undefined,
  hasToolCalls: boolean,
): FinishReason {
  const known = reason == null ? "other" : (fromOpenai[reason] ?? "other");
  return hasToolCalls && (known === "stop" || known === "other") ? "tool-calls" : known;
}

const toOpenai: Record<FinishReason, string> = {
  stop: "stop",
  "stop-sequence": "stop",
  length: "length",
  "tool-calls": "tool_calls",
  "content-filter": "content_filter",
  other: "stop",
};

export function writeOpenaiFinishReason(reason: FinishReason): string {
  return toOpenai[reason];
}
