import type { OriginEnvelope } from "@sluice/bus/pipeline-origin";
import type { DialectName } from "@sluice/contracts/dialect-name";

/** One user message in each dialect: what stands in the envelope, the body, and the path at the provider. */
export interface ChatRequest {
  facts: Partial<OriginEnvelope>;
  body: Record<string, unknown>;
  path: string;
  /** Headers with which a client would ask the provider itself. */
  headers: Record<string, string>;
}

export function chatRequest(dialect: DialectName, text: string, stream = false): ChatRequest {
  switch (dialect) {
    case "openai":
      return {
        facts: { dialect, model: "gpt-4o-mini", stream },
        body: { model: "gpt-4o-mini", stream, messages: [{ role: "user", content: text }] },
        path: "/v1/chat/completions",
        headers: { authorization: "Bearer test-key" },
      };
    case "anthropic":
      return {
        facts: {
          dialect,
          model: "claude-sonnet-4-5",
          stream,
          headers: { "anthropic-version": "2023-06-01" },
        },
        body: {
          model: "claude-sonnet-4-5",
          max_tokens: 1024,
          stream,
          messages: [{ role: "user", content: text }],
        },
        path: "/v1/messages",
        headers: { "x-api-key": "test-key", "anthropic-version": "2023-06-01" },
      };
    case "gemini":
      return {
        facts: { dialect, model: "gemini-2.5-flash", stream },
        body: { contents: [{ role: "user", parts: [{ text }] }] },
        path: `/v1beta/models/gemini-2.5-flash:${stream ? "streamGenerateContent?alt=sse" : "generateContent"}`,
        headers: { "x-goog-api-key": "test-key" },
      };
  }
}

/** A reply with what differs from call to call (ids and times) blanked. */
export function withoutIds(reply: string): string {
  return reply
    .replaceAll(/"(id|responseId|response_id|request_id|createTime)":\s*"[^"]*"/g, '"$1":"-"')
    .replaceAll(/"(created)":\s*\d+/g, '"$1":0');
}
