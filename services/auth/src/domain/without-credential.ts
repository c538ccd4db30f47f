import type { ForwardedRequest } from "@sluice/contracts/envelope";

/** Headers in which clients send their keys, and the query parameter. */
const credentialHeaders = ["authorization", "x-api-key", "x-goog-api-key"];
const credentialParameter = "key";

/** The request for the destination without the client's key, which is the gateway's to know and nobody else's. */
export function withoutCredential(request: ForwardedRequest, credential: string): ForwardedRequest {
  const headers = Object.fromEntries(
    Object.entries(request.headers).filter(
      ([name, value]) => !(credentialHeaders.includes(name) && value.includes(credential)),
    ),
  );
  return { ...request, headers, path: withoutParameter(request.path, credential) };
}

function withoutParameter(path: string, credential: string): string {
  const start = path.indexOf("?");
  if (start === -1) return path;
  const query = new URLSearchParams(path.slice(start));
  if (query.get(credentialParameter) !== credential) return path;
  query.delete(credentialParameter);
  return query.size === 0 ? path.slice(0, start) : `${path.slice(0, start)}?${query}`;
}
