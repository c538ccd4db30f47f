import type { IncomingHttpHeaders } from "node:http";
import type { ClientRequest } from "@sluice/contracts/envelope";
import { hostWithoutPort } from "@sluice/resources/match-request";

/** What is known of a request before its body. */
export interface RequestHead {
  method: string;
  /** Without the query. */
  path: string;
  headers: IncomingHttpHeaders;
  /** Address of whoever has opened the connection, where there still is one. */
  remoteAddress: string | undefined;
}

/**
 * What the rules of a policy are told of a request.
 * @param named headers that they speak of, lower case; those that the client did not send are left out
 */
export function clientRequestOf(
  { method, path, headers, remoteAddress = "" }: RequestHead,
  named: readonly string[],
): ClientRequest {
  const kept = named.flatMap((name): [string, string][] => {
    const value = headers[name];
    if (value === undefined) return [];
    return [[name, Array.isArray(value) ? value.join(", ") : value]];
  });
  return {
    method,
    path,
    host: hostWithoutPort(headers.host),
    // On a socket of both kinds, an IPv4 address is written as one of IPv6.
    source: remoteAddress.replace(/^::ffff:(?=[\d.]+$)/, ""),
    headers: Object.fromEntries(kept),
  };
}
