import type { DialectName } from "@sluice/contracts/dialect-name";
import { SluiceError } from "@sluice/contracts/sluice-error";
import type { CanonicalChatRequest } from "./canonical-request.ts";

/** What each dialect's clients call a field of the canonical request. */
const fieldNames = {
  messages: { openai: "messages", anthropic: "messages", gemini: "contents" },
  tools: { openai: "tools", anthropic: "tools", gemini: "tools" },
  toolChoice: { openai: "tool_choice", anthropic: "tool_choice", gemini: "toolConfig" },
  parallelToolCalls: {
    openai: "parallel_tool_calls",
    anthropic: "tool_choice.disable_parallel_tool_use",
    gemini: "toolConfig",
  },
  responseFormat: {
    openai: "response_format",
    anthropic: "output_config.format",
    gemini: "generationConfig.responseSchema",
  },
  maxOutputTokens: {
    openai: "max_completion_tokens",
    anthropic: "max_tokens",
    gemini: "generationConfig.maxOutputTokens",
  },
  temperature: { openai: "temperature", anthropic: "temperature", gemini: "generationConfig.temperature" },
  topP: { openai: "top_p", anthropic: "top_p", gemini: "generationConfig.topP" },
  topK: { openai: "top_k", anthropic: "top_k", gemini: "generationConfig.topK" },
  frequencyPenalty: {
    openai: "frequency_penalty",
    anthropic: "frequency_penalty",
    gemini: "generationConfig.frequencyPenalty",
  },
  presencePenalty: {
    openai: "presence_penalty",
    anthropic: "presence_penalty",
    gemini: "generationConfig.presencePenalty",
  },
  stopSequences: { openai: "stop", anthropic: "stop_sequences", gemini: "generationConfig.stopSequences" },
  candidateCount: { openai: "n", anthropic: "n", gemini: "generationConfig.candidateCount" },
  logprobs: { openai: "logprobs", anthropic: "logprobs", gemini: "generationConfig.responseLogprobs" },
} as const satisfies Partial<Record<keyof CanonicalChatRequest, Record<DialectName, string>>>;

/** An error for something that the provider of this request cannot do; `parameter` is a path in the client's body. */
export function unsupportedAt(parameter: string, message: string): SluiceError {
  return new SluiceError("unsupported_feature", message, { parameter });
}

/** As `unsupportedAt`, for a field of the canonical request, named as the client names it. */
export function unsupportedField(
  request: CanonicalChatRequest,
  field: keyof typeof fieldNames,
  message: string,
): SluiceError {
  return unsupportedAt(fieldNames[field][request.dialect], message);
}
