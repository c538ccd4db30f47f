import type { IncomingHttpHeaders } from "node:http";

/** Headers that change what the reply is, a provider's or the cache's; all others of the client's stay at the gateway. */
const passedOn = ["anthropic-version", "anthropic-beta", "openai-beta", "cache-control"] as const;

/** The client's headers that a provider of its own dialect is to see, lower case. */
export function headersToPassOn(headers: IncomingHttpHeaders): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const name of passedOn) {
    const value = headers[name];
    if (value !== undefined) kept[name] = String(value);
  }
  return kept;
}

/**
 * The client's secret, wherever the SDKs of the three dialects put it: `Authorization: Bearer`, `x-api-key`,
 * `x-goog-api-key` or the query parameter `key`. Undefined when there is none.
 */
export function credentialOf(headers: IncomingHttpHeaders, query: URLSearchParams): string | undefined {
  const bearer = /^Bearer +(\S+) *$/i.exec(headers.authorization ?? "")?.[1];
  const credential = bearer ?? headers["x-api-key"] ?? headers["x-goog-api-key"] ?? query.get("key");
  return credential === null || credential === undefined || credential === ""
    ? undefined
    : String(credential);
}

/** The client's secret where a certain header holds it; `Bearer` before it is left out. */
export function credentialIn(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = String(headers[name] ?? "")
    .replace(/^Bearer +/i, "")
    .trim();
  return value === "" ? undefined : value;
}
