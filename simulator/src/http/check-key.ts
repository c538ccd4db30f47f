import type { IncomingMessage } from "node:http";
import { ProviderError } from "../provider-error.ts";
import type { ProviderName } from "../provider-name.ts";

/**
 * Looks for a key where the provider's clients put it. Any key will do, save one that begins with `bad-`.
 * @throws ProviderError as the provider refuses: OpenAI and Anthropic with 401, Gemini with 403 for no key
 *   and 400 for a wrong one
 */
export function checkKey(provider: ProviderName, request: IncomingMessage, query: string): void {
  const key = findKey(provider, request, query);
  const isBad = key.startsWith("bad-");
  if (key !== "" && !isBad) return;
  switch (provider) {
    case "openai":
      throw isBad
        ? new ProviderError(401, `Incorrect API key provided: bad-****${key.slice(-4)}.`, {
            code: "invalid_api_key",
          })
        : new ProviderError(
            401,
            "You didn't provide an API key. Provide it in an Authorization header using Bearer auth (i.e. Authorization: Bearer YOUR_KEY).",
          );
    case "anthropic":
      throw new ProviderError(401, isBad ? "invalid x-api-key" : "x-api-key header is required");
    case "gemini":
      throw isBad
        ? new ProviderError(400, "API key not valid. Please pass a valid API key.", {
            code: "API_KEY_INVALID",
          })
        : new ProviderError(
            403,
            "Method doesn't allow unregistered callers (callers without established identity). Please use API Key or other form of API consumer identity to call this API.",
          );
  }
}

function findKey(provider: ProviderName, request: IncomingMessage, query: string): string {
  const { headers } = request;
  switch (provider) {
    case "openai":
      return bearer(headers.authorization);
    case "anthropic":
      return single(headers["x-api-key"]) || bearer(headers.authorization);
    case "gemini":
      return (
        single(headers["x-goog-api-key"]) ||
        (query === "" ? "" : (new URLSearchParams(query).get("key") ?? ""))
      );
  }
}

function bearer(header: string | undefined): string {
  return header === undefined ? "" : (/^Bearer\s+(\S+)$/i.exec(header)?.[1] ?? "");
}

function single(header: string | string[] | undefined): string {
  return typeof header === "string" ? header : (header?.[0] ?? "");
}
