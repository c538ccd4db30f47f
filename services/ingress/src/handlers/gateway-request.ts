import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import { sendToPipeline } from "@sluice/bus/pipeline-origin";
import type { DialectName } from "@sluice/contracts/dialect-name";
import { SluiceError } from "@sluice/contracts/sluice-error";
import { getDialect } from "@sluice/dialects/dialects";
import { genAiAttributes, generalAttributes, sluiceAttributes } from "@sluice/telemetry/gen-ai-attributes";
import type { SluiceSpan } from "@sluice/telemetry/tracing";
import { v7 as newRequestId } from "uuid";
import { type ReplyOutcome, type ReplyWording, retryAfter, sendReply } from "../adapters/reply-sink.ts";
import { readBody } from "../adapters/request-body.ts";
import { credentialOf, headersToPassOn } from "../domain/client-headers.ts";
import {
  allowedMethods,
  dialectOfPath,
  type Endpoint,
  type EndpointMatch,
  matchEndpoint,
} from "../domain/endpoint.ts";
import { readRequestFacts } from "../domain/request-facts.ts";
import type { IngressParts } from "../service.ts";

/** A request of a client while it is handled. */
interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
  requestId: string;
  receivedAtMs: number;
  url: URL;
  match: EndpointMatch | undefined;
  dialect: DialectName;
  span: SluiceSpan;
  /** Known once the body was read; for the log line. */
  model: string | undefined;
  stream: boolean;
}

/**
 * One request from its first byte to the last of its answer: find the endpoint, take a place, read the body,
 * send it into the pipeline, stream what comes back. Whatever goes wrong is answered in the dialect of the
 * endpoint; this is the one boundary at which errors of the ingress become answers.
 */
export async function handleGatewayRequest(
  parts: IngressParts,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const startedMs = performance.now();
  const exchange = openExchange(parts, request, response);
  const entered = parts.openRequests.enter(parts.snapshots.current.gateway.maxOpenRequests);
  parts.announced.countRequest();
  parts.metrics.openRequests(1);
  let outcome: ReplyOutcome;
  try {
    if (!entered) throw overloaded();
    outcome = await passOn(parts, exchange);
  } catch (thrown) {
    const error = SluiceError.from(thrown);
    if (error.code === "internal") {
      parts.logger.error({ err: thrown, requestId: exchange.requestId }, "a request failed in the ingress");
    }
    outcome = answerError(exchange, error);
  } finally {
    if (entered) parts.openRequests.leave();
    parts.metrics.openRequests(-1);
  }
  finish(parts, exchange, outcome, performance.now() - startedMs);
}

function openExchange(parts: IngressParts, request: IncomingMessage, response: ServerResponse): Exchange {
  const url = new URL(request.url ?? "/", "http://gateway");
  const method = request.method ?? "GET";
  const { headers } = request;
  const match = matchEndpoint(method, url.pathname, url.searchParams, {
    "anthropic-version": headerText(headers, "anthropic-version"),
    "x-goog-api-key": headerText(headers, "x-goog-api-key"),
  });
  const requestId = newRequestId();
  const decision = parts.tracing.decide({
    traceparent: headerText(headers, "traceparent"),
    tracestate: headerText(headers, "tracestate"),
  });
  const dialect = match?.endpoint.dialect ?? dialectOfPath(url.pathname);
  const span = parts.tracing.startSpan(`${method} ${match?.route ?? "unknown"}`, {
    kind: "server",
    parent: decision,
    attributes: {
      [generalAttributes.httpRequestMethod]: method,
      [generalAttributes.httpRoute]: match?.route,
      [sluiceAttributes.requestId]: requestId,
      [sluiceAttributes.dialect]: dialect,
    },
  });
  // Not sampled: the client's own context still goes on to the provider.
  const carried = span.traceparent === undefined ? { ...span, ...decision } : span;
  return {
    request,
    response,
    requestId,
    receivedAtMs: Date.now(),
    url,
    match,
    dialect,
    span: carried,
    model: undefined,
    stream: false,
  };
}

async function passOn(parts: IngressParts, exchange: Exchange): Promise<ReplyOutcome> {
  const { request, url, match, requestId, span } = exchange;
  if (match === undefined) throw notServed(request.method ?? "GET", url.pathname);
  const { endpoint } = match;
  if (!parts.bus.connected) {
    throw new SluiceError("bus_unavailable", "The gateway's bus is not reachable.", { retryAfterMs: 1000 });
  }
  const { gateway, revision } = parts.snapshots.current;
  const body = await bodyOf(request, endpoint, gateway);
  const { model, stream } = readRequestFacts(endpoint, body, gateway.maxJsonDepth);
  exchange.model = model;
  exchange.stream = stream;
  const credential = credentialOf(request.headers, url.searchParams);
  const reply = sendToPipeline(parts.bus, {
    envelope: {
      requestId,
      receivedAtMs: exchange.receivedAtMs,
      revision,
      dialect: endpoint.dialect,
      operation: endpoint.operation,
      model,
      stream,
      streamFraming: endpoint.streamFraming,
      bodyBytes: body.length,
      headers: headersToPassOn(request.headers),
      decisions: [],
      ...(credential === undefined ? {} : { credential }),
      ...(span.traceparent === undefined ? {} : { traceparent: span.traceparent }),
      ...(span.tracestate === undefined ? {} : { tracestate: span.tracestate }),
    },
    body,
    timeoutMs: gateway.requestTimeoutMs,
  });
  return await sendReply(reply, {
    response: exchange.response,
    headers: ownHeaders(exchange),
    stream,
    comments: stream && endpoint.streamFraming === "sse",
    keepAliveMs: parts.config.keepAliveMs,
    wording: wordingOf(exchange, endpoint),
  });
}

async function bodyOf(
  request: IncomingMessage,
  endpoint: Endpoint,
  limits: { maxBodyBytes: number; uploadTimeoutMs: number },
): Promise<Buffer> {
  if (endpoint.operation === "models") return Buffer.alloc(0);
  const type = request.headers["content-type"];
  if (type !== undefined && !/^application\/([\w.+-]+\+)?json\b/i.test(type)) {
    throw new SluiceError("unsupported_media_type", "The request body must be application/json.", {
      parameter: "content-type",
    });
  }
  return await readBody(request, { maxBytes: limits.maxBodyBytes, timeoutMs: limits.uploadTimeoutMs });
}

function wordingOf({ dialect, requestId }: Exchange, { streamFraming: framing }: Endpoint): ReplyWording {
  return {
    error: (error) => JSON.stringify(getDialect(dialect).writeError(error, requestId)),
    streamError: (error, started) =>
      getDialect(dialect).writeStreamError(error, requestId, { framing, started }),
  };
}

/** Headers of every answer: the request's id, in the names that the SDKs look for. */
function ownHeaders({ requestId, dialect }: Exchange): Record<string, string> {
  return dialect === "anthropic"
    ? { "x-request-id": requestId, "request-id": requestId }
    : { "x-request-id": requestId };
}

function answerError(exchange: Exchange, error: SluiceError): ReplyOutcome {
  const { response, dialect, requestId } = exchange;
  const body = JSON.stringify(getDialect(dialect).writeError(error, requestId));
  const bytes = Buffer.byteLength(body);
  if (!response.headersSent && !response.destroyed) {
    const allowed =
      error.code === "method_not_allowed" ? { allow: allowedMethods(exchange.url.pathname).join(", ") } : {};
    // What is left of a body that was not read would be taken for the next request.
    const close = exchange.request.complete ? {} : { connection: "close" };
    response.writeHead(error.status, {
      ...ownHeaders(exchange),
      ...retryAfter(error),
      ...allowed,
      ...close,
      "content-type": "application/json; charset=utf-8",
      "content-length": String(bytes),
    });
    response.end(body);
  }
  return { status: error.status, bytes, error };
}

function finish(parts: IngressParts, exchange: Exchange, outcome: ReplyOutcome, durationMs: number): void {
  const { requestId, match, dialect, model, stream, span, request } = exchange;
  if (outcome.error !== undefined) parts.announced.countError();
  span.setAttributes({
    [generalAttributes.httpResponseStatusCode]: outcome.status,
    [genAiAttributes.operationName]: match?.endpoint.operation,
    [genAiAttributes.requestStream]: stream,
    [sluiceAttributes.bodyBytes]: Number(request.headers["content-length"] ?? 0),
  });
  if (outcome.error !== undefined) span.recordError(outcome.error);
  span.end();
  parts.logger.info(
    {
      requestId,
      method: request.method,
      route: match?.route,
      status: outcome.status,
      errorCode: outcome.error?.code,
      dialect,
      model: model?.slice(0, 128),
      stream,
      bytes: outcome.bytes,
      durationMs: Math.round(durationMs),
      firstByteMs: outcome.firstByteMs === undefined ? undefined : Math.round(outcome.firstByteMs),
    },
    "request",
  );
}

function notServed(method: string, path: string): SluiceError {
  const allowed = allowedMethods(path);
  if (allowed.length > 0) {
    return new SluiceError(
      "method_not_allowed",
      `${method} is not served here; ${allowed.join(" and ")} is.`,
    );
  }
  if (path === "/v1/responses") {
    return new SluiceError("not_found", "The Responses API is not served; use POST /v1/chat/completions.");
  }
  return new SluiceError(
    "not_found",
    "There is no such endpoint. docs/endpoints.md lists those that are served.",
  );
}

function overloaded(): SluiceError {
  return new SluiceError("overloaded", "The gateway has as many open requests as it takes.", {
    retryAfterMs: 1000,
  });
}

function headerText(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}
