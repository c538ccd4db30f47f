import type { IncomingHttpHeaders } from "node:http";
import type { AccessPolicy, CredentialPlace } from "@sluice/resources/access-policy";

/** Headers that change what the reply is, a provider's or the cache's; all others of the client's stay at the gateway. */
const passedOn = [
  "anthropic-version",
  "anthropic-beta",
  "openai-beta",
  "cache-control",
  "x-sluice-cache-tags",
] as const;

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

/** The client's secret where a policy looks for it: in the first of its places that holds one. */
export function credentialByPolicy(
  { places, usualPlaces }: Pick<AccessPolicy, "places" | "usualPlaces">,
  headers: IncomingHttpHeaders,
  query: URLSearchParams,
): string | undefined {
  for (const place of places) {
    const credential = credentialAt(headers, place);
    if (credential !== undefined) return credential;
  }
  return usualPlaces ? credentialOf(headers, query) : undefined;
}

function credentialAt(headers: IncomingHttpHeaders, { header, scheme }: CredentialPlace): string | undefined {
  if (scheme === undefined) return credentialIn(headers, header);
  const value = String(headers[header] ?? "").trim();
  const beginning = `${scheme} `;
  if (!value.toLowerCase().startsWith(beginning.toLowerCase())) return undefined;
  const credential = value.slice(beginning.length).trim();
  return credential === "" ? undefined : credential;
}
