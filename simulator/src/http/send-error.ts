import { anthropicErrorBody } from "../anthropic/error-body.ts";
import type { Exchange } from "../delivery/exchange.ts";
import { geminiErrorBody } from "../gemini/error-body.ts";
import { openAiErrorBody } from "../openai/error-body.ts";
import type { ProviderError } from "../provider-error.ts";
import type { ProviderName } from "../provider-name.ts";
import type { HeaderList } from "./provider-headers.ts";

/** Answers with a provider's error body, and with the time to wait where one is given. */
export async function sendError(
  exchange: Exchange,
  provider: ProviderName,
  error: ProviderError,
  requestId: string,
  headers: HeaderList,
): Promise<void> {
  await sendJson(exchange, error.status, errorBody(provider, error, requestId), [
    ...headers,
    ...retryHeaders(provider, error),
  ]);
}

function errorBody(provider: ProviderName, error: ProviderError, requestId: string): unknown {
  switch (provider) {
    case "openai":
      return openAiErrorBody(error);
    case "anthropic":
      return anthropicErrorBody(error, requestId);
    case "gemini":
      return geminiErrorBody(error);
  }
}

function retryHeaders(provider: ProviderName, { retryAfterSeconds }: ProviderError): string[] {
  if (retryAfterSeconds === undefined) return [];
  const seconds = ["retry-after", String(Math.ceil(retryAfterSeconds))];
  return provider === "openai"
    ? [...seconds, "retry-after-ms", String(Math.round(retryAfterSeconds * 1_000))]
    : seconds;
}

/** Answers with JSON. */
export async function sendJson(
  exchange: Exchange,
  status: number,
  body: unknown,
  headers: HeaderList = [],
): Promise<void> {
  const bytes = Buffer.from(JSON.stringify(body));
  exchange.response.writeHead(status, [
    ...headers,
    "content-type",
    "application/json",
    "content-length",
    String(bytes.length),
  ]);
  await exchange.end(bytes);
}
