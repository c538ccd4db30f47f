import type { IncomingMessage } from "node:http";
import type { Framing } from "../delivery/chat-dialect.ts";
import type { ProviderName } from "../provider-name.ts";

/** What a request to a provider's path asks for. */
export type ProviderTarget = { provider: ProviderName } & (
  | { operation: "chat"; model?: string; framing?: Framing }
  | { operation: "embeddings"; model?: string; batch?: boolean }
  | { operation: "models"; model: string | undefined }
  | { operation: "unknown" }
);

const geminiCall = /^\/v1(?:beta|alpha)?\/models\/([^/:]+):([a-zA-Z]+)$/;
const modelsPath = /^\/(v1|v1beta|v1alpha)\/models(?:\/([^/:]+))?$/;

/** Finds the provider and the operation of a path. `query` is what stands behind the question mark. */
export function findTarget(request: IncomingMessage, path: string, query: string): ProviderTarget {
  if (request.method === "POST") {
    if (path === "/v1/chat/completions") return { provider: "openai", operation: "chat" };
    if (path === "/v1/messages") return { provider: "anthropic", operation: "chat" };
    if (path === "/v1/embeddings") return { provider: "openai", operation: "embeddings" };
    const call = geminiCall.exec(path);
    if (call !== null) return geminiTarget(decodeURIComponent(call[1] ?? ""), call[2] ?? "", query);
  }
  const models = request.method === "GET" ? modelsPath.exec(path) : null;
  if (models !== null) {
    const model = models[2] === undefined ? undefined : decodeURIComponent(models[2]);
    return {
      provider: models[1] === "v1" ? v1Provider(request, query) : "gemini",
      operation: "models",
      model,
    };
  }
  return { provider: path.startsWith("/v1/") ? v1Provider(request, query) : "gemini", operation: "unknown" };
}

/**
 * All three share `/v1/`. Anthropic's clients name a version of their own, Gemini's have their own place
 * for the key.
 */
function v1Provider(request: IncomingMessage, query: string): ProviderName {
  if (request.headers["x-goog-api-key"] !== undefined || /(?:^|&)key=/.test(query)) return "gemini";
  return request.headers["anthropic-version"] === undefined ? "openai" : "anthropic";
}

function geminiTarget(model: string, method: string, query: string): ProviderTarget {
  const provider = "gemini";
  switch (method) {
    case "generateContent":
      return { provider, operation: "chat", model, framing: "plain" };
    case "streamGenerateContent":
      return {
        provider,
        operation: "chat",
        model,
        framing: /(?:^|&)alt=sse(?:&|$)/.test(query) ? "sse" : "array",
      };
    case "embedContent":
      return { provider, operation: "embeddings", model, batch: false };
    case "batchEmbedContents":
      return { provider, operation: "embeddings", model, batch: true };
    default:
      return { provider, operation: "unknown" };
  }
}
