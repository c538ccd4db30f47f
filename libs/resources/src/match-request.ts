import type { IncomingHttpHeaders } from "node:http";
import { type EndpointMatch, matchEndpoint } from "@sluice/dialects/endpoint";
import { findRoute } from "./find-route.ts";
import type { RouteMatch } from "./route-index.ts";
import type { Snapshot } from "./snapshot.ts";

/** What a request asks for, and by which route of the configuration, if any. */
export interface RequestMatch extends EndpointMatch {
  routed?: RouteMatch;
}

/** Finds what a request asks for: a route of the configuration, or an endpoint of the gateway. */
export function matchRequest(
  snapshot: Snapshot,
  method: string,
  url: URL,
  headers: IncomingHttpHeaders,
  listener: number | undefined,
): RequestMatch | undefined {
  const { pathname: path, searchParams: query } = url;
  const header = (name: string): string | undefined => {
    const value = headers[name];
    return Array.isArray(value) ? value.join(", ") : value;
  };
  const host = hostWithoutPort(headers.host);
  const routed = findRoute(snapshot, { method, host, path, header, query }, listener);
  if (routed !== undefined) return matchOfRoute(routed, path, query);
  // What a VirtualGateway listens for is what it says, and nothing else.
  if (listener !== undefined) return undefined;
  return matchEndpoint(method, path, query, {
    "anthropic-version": header("anthropic-version"),
    "x-goog-api-key": header("x-goog-api-key"),
  });
}

function matchOfRoute(routed: RouteMatch, path: string, query: URLSearchParams): RequestMatch {
  const { name, target } = routed.route;
  if (target.type === "http") {
    const endpoint = {
      dialect: "openai",
      operation: "http",
      model: "",
      stream: false,
      streamFraming: "sse",
    } as const;
    return { endpoint, route: name, routed };
  }
  const { dialect } = target;
  const model = target.type === "model" ? target.providerModel : target.model;
  // Gemini says in its URL whether it is to stream; the path is the administrator's here, but for its end.
  const streams = path.endsWith(":streamGenerateContent");
  return {
    endpoint: {
      dialect,
      operation: "chat",
      ...(model === undefined ? {} : { model }),
      ...(dialect === "gemini" ? { stream: streams } : {}),
      streamFraming: dialect === "gemini" && streams && query.get("alt") !== "sse" ? "json-array" : "sse",
    },
    route: name,
    routed,
  };
}

/** As routes name it: lower case, without a port. */
export function hostWithoutPort(host: string | undefined): string {
  return (host ?? "").toLowerCase().replace(/:\d+$/, "");
}
