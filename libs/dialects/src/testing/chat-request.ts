import type { CanonicalChatRequest } from "../canonical-request.ts";

/** The least request, with what a test wants of it. */
export function chatRequest(fields: Partial<CanonicalChatRequest> = {}): CanonicalChatRequest {
  return {
    dialect: "openai",
    model: "assistant",
    stream: false,
    messages: [{ role: "user", content: [{ type: "text", text: "Hello" }] }],
    continuesAssistant: false,
    tools: [],
    stopSequences: [],
    candidateCount: 1,
    includeUsage: false,
    ...fields,
  };
}
