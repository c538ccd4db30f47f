import { SluiceError } from "@sluice/contracts/sluice-error";
import type { FinishReason } from "../canonical-reply.ts";

const fromGemini: Record<string, FinishReason> = {
  STOP: "stop",
  MAX_TOKENS: "length",
  SAFETY: "content-filter",
  RECITATION: "content-filter",
  BLOCKLIST: "content-filter",
  PROHIBITED_CONTENT: "content-filter",
  SPII: "content-filter",
  IMAGE_SAFETY: "content-filter",
  IMAGE_PROHIBITED_CONTENT: "content-filter",
  IMAGE_RECITATION: "content-filter",
};

export function readGeminiFinishReason(reason: string, hasToolCalls: boolean): FinishReason {
  const known = fromGemini[reason] ?? "other";
  return hasToolCalls && known === "stop" ? "tool-calls" : known;
}

const failures = new Set([
  "MALFORMED_FUNCTION_CALL",
  "MALFORMED_RESPONSE",
  "UNEXPECTED_TOOL_CALL",
  "TOO_MANY_TOOL_CALLS",
]);

/**
 * The model failed to answer at all. An empty answer would look like one; so it is an error.
 * @returns undefined for every other reason, and where something was answered.
 */
export function geminiFailure(
  reason: string | null | undefined,
  hasContent: boolean,
): SluiceError | undefined {
  if (reason == null || hasContent || !failures.has(reason)) return undefined;
  return new SluiceError("provider_invalid_reply", `The model gave no usable answer (${reason}).`);
}

const toGemini: Record<FinishReason, string> = {
  stop: "STOP",
  "stop-sequence": "STOP",
  length: "MAX_TOKENS",
  "tool-calls": "STOP",
  "content-filter": "SAFETY",
  other: "OTHER",
};

export function writeGeminiFinishReason(reason: FinishReason): string {
  return toGemini[reason];
}
