import type { RequestTarget, TargetFacts } from "../dialect.ts";

/** The base URL ends in `/v1`, as OpenAI's SDKs have it. */
export const openaiBaseUrl = "https://api.openai.com/v1";

export function openaiTarget(facts: TargetFacts): RequestTarget {
  return { path: facts.operation === "chat" ? "/chat/completions" : "/embeddings" };
}

/** Beta features change what a reply means; organization and project belong to the client's account, not to ours. */
export function openaiHeaders(apiKey: string, clientHeaders: Record<string, string>): Record<string, string> {
  const beta = clientHeaders["openai-beta"];
  return { authorization: `Bearer ${apiKey}`, ...(beta === undefined ? {} : { "openai-beta": beta }) };
}
