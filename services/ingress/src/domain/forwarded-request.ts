import type { IncomingHttpHeaders } from "node:http";
import type { ForwardedRequest } from "@sluice/contracts/envelope";

/**
 * Headers that are about the client's connection and not its request (RFC 9110, section 7.6.1), those that are written
 * anew for the destination's, and those of the trace, which the gateway goes on with itself.
 */
const ownHeaders = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "proxy-authorization",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "expect",
  "host",
  "content-length",
  "traceparent",
  "tracestate",
]);

/** A client's request as it goes to the destination of its route. */
export function forwardedRequest(
  method: string,
  headers: IncomingHttpHeaders,
  path: string,
  query: string,
): ForwardedRequest {
  const ofConnection = new Set(
    (headers.connection ?? "").split(",").map((name) => name.trim().toLowerCase()),
  );
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || ownHeaders.has(name) || ofConnection.has(name)) continue;
    kept[name] = Array.isArray(value) ? value.join(", ") : value;
  }
  return { method, path: path + query, headers: kept };
}

/**
 * The path for the destination: the rewritten beginning in place of the matched one, with one slash between it and what
 * follows. `/openai/v1/models` matched by `/openai` and rewritten to `/` is `/v1/models`.
 * @param matched what of the path its route matched, without a slash at its end
 * @param rewrite undefined leaves the path as it is
 */
export function rewrittenPath(path: string, matched: string, rewrite: string | undefined): string {
  if (rewrite === undefined) return path;
  const rest = path.slice(matched.length).replace(/^\/+/, "/");
  if (rest === "" || rest === "/") return rewrite;
  return `${rewrite.replace(/\/$/, "")}${rest.startsWith("/") ? "" : "/"}${rest}`;
}
