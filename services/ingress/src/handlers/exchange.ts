import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import { newRequestId } from "@sluice/bus/request-id";
import type { DialectName } from "@sluice/contracts/dialect-name";
import { dialectOfPath } from "@sluice/dialects/endpoint";
import { matchRequest, type RequestMatch } from "@sluice/resources/match-request";
import type { Snapshot } from "@sluice/resources/snapshot";
import { generalAttributes, sluiceAttributes } from "@sluice/telemetry/gen-ai-attributes";
import type { SluiceSpan, TraceContext, Tracing } from "@sluice/telemetry/tracing";
import { requestUrl } from "../domain/request-url.ts";

/** A request of a client while it is handled. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly requestId: string;
  readonly receivedAtMs: number;
  readonly startedMs: number;
  readonly url: URL;
  /** The configuration that the request is judged by, to its end. */
  readonly snapshot: Snapshot;
  /** Undefined for a path that is not served. */
  readonly match: RequestMatch | undefined;
  /** What errors are worded in, also where there is no endpoint. */
  readonly dialect: DialectName;
  readonly span: SluiceSpan;
  /** What the next step gets: this span, or the client's own context where the request is not sampled. */
  readonly trace: TraceContext;
  /** Known once the body was read; for the log line and the span. */
  model: string | undefined;
  stream: boolean;
  bodyBytes: number;
}

/** Gives a request its id, its endpoint and its span. Never throws: there is no request that has no answer. */
export function openExchange(
  tracing: Tracing,
  snapshot: Snapshot,
  request: IncomingMessage,
  response: ServerResponse,
  listener?: number,
): Exchange {
  const url = requestUrl(request.url ?? "/");
  const method = request.method ?? "GET";
  const { headers } = request;
  const match = matchRequest(snapshot, method, url, headers, listener);
  const requestId = newRequestId();
  const dialect = match?.endpoint.dialect ?? dialectOfPath(url.pathname);
  const decision = tracing.decide({
    traceparent: headerText(headers, "traceparent"),
    tracestate: headerText(headers, "tracestate"),
  });
  const span = tracing.startSpan(`${method} ${match?.route ?? "unknown"}`, {
    kind: "server",
    parent: decision,
    attributes: {
      [generalAttributes.httpRequestMethod]: method,
      [generalAttributes.httpRoute]: match?.route,
      [sluiceAttributes.requestId]: requestId,
      [sluiceAttributes.dialect]: dialect,
    },
  });
  return {
    request,
    response,
    requestId,
    receivedAtMs: Date.now(),
    startedMs: performance.now(),
    url,
    snapshot,
    match,
    dialect,
    span,
    trace: span.traceparent === undefined ? decision : span,
    model: undefined,
    stream: false,
    bodyBytes: 0,
  };
}

/** Headers of every answer: the request's id, in the names that the SDKs look for. */
export function answerHeaders({ requestId, dialect }: Exchange): Record<string, string> {
  return dialect === "anthropic"
    ? { "x-request-id": requestId, "request-id": requestId }
    : { "x-request-id": requestId };
}

function headerText(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}
