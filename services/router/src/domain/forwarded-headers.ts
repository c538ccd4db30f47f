import { providerRequestIdOf } from "./reply-headers.ts";

/** Headers of a reply that are about the destination's connection, or that the gateway writes itself. */
const ownHeaders = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "content-length",
  "x-request-id",
  "request-id",
]);

/** Headers of a forwarded reply for the client: the destination's, and which one it was. */
export function forwardedReplyHeaders(
  backendName: string,
  headers: Record<string, string>,
): Record<string, string> {
  const kept: Record<string, string> = { "x-sluice-backend": backendName };
  const ofConnection = new Set(
    (headers.connection ?? "").split(",").map((name) => name.trim().toLowerCase()),
  );
  for (const [name, value] of Object.entries(headers)) {
    if (!ownHeaders.has(name) && !ofConnection.has(name)) kept[name] = value;
  }
  const id = providerRequestIdOf(headers);
  if (id !== undefined) kept["x-sluice-provider-request-id"] = id;
  return kept;
}
