import type { RequestTarget, TargetFacts } from "../dialect.ts";

/** The base URL has no path, as Google's SDKs have it. */
export const geminiBaseUrl = "https://generativelanguage.googleapis.com";

/** `gemini-3-flash` as `models/gemini-3-flash`; a name with its collection (`tunedModels/…`) as it is. */
export function geminiModelPath(providerModel: string): string {
  const path = providerModel.includes("/") ? providerModel : `models/${providerModel}`;
  return path.split("/").map(encodeURIComponent).join("/");
}

/** Streams are always asked for as Server-Sent Events, whatever the client's framing. */
export function geminiTarget(facts: TargetFacts): RequestTarget {
  const model = `/v1beta/${geminiModelPath(facts.providerModel)}`;
  if (facts.operation === "embeddings") return { path: `${model}:batchEmbedContents` };
  if (!facts.stream) return { path: `${model}:generateContent` };
  return { path: `${model}:streamGenerateContent`, query: { alt: "sse" } };
}

export function geminiHeaders(apiKey: string): Record<string, string> {
  return { "x-goog-api-key": apiKey };
}
