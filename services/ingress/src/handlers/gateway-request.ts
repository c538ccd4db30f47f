import type { IncomingMessage, ServerResponse } from "node:http";
import { sendToPipeline } from "@sluice/bus/pipeline-origin";
import type { ForwardedRequest } from "@sluice/contracts/envelope";
import { SluiceError } from "@sluice/contracts/sluice-error";
import { getDialect } from "@sluice/dialects/dialects";
import { allowedMethods, type Endpoint } from "@sluice/dialects/endpoint";
import type { AccessPolicy } from "@sluice/resources/access-policy";
import { clientFactsFor } from "@sluice/resources/choosing/request-facts";
import { accessPolicyOf } from "@sluice/resources/find-access";
import type { HttpRoute } from "@sluice/resources/http-route";
import type { RouteMatch } from "@sluice/resources/route-index";
import type { GatewayLimits, Snapshot } from "@sluice/resources/snapshot";
import { answerWithError } from "../adapters/error-answer.ts";
import type { ReplyOutcome, ReplyWording } from "../adapters/reply-sink.ts";
import { readBody } from "../adapters/request-body.ts";
import { sendReply } from "../adapters/send-reply.ts";
import type { BreakOff } from "../domain/break-off.ts";
import { credentialByPolicy, credentialIn, credentialOf, headersToPassOn } from "../domain/client-headers.ts";
import { clientRequestOf, type RequestHead } from "../domain/client-request.ts";
import { maxFeedbackBytes } from "../domain/feedback-facts.ts";
import { forwardedRequest, rewrittenPath } from "../domain/forwarded-request.ts";
import type { PromptRules } from "../domain/prompt-facts.ts";
import { readRequestFacts } from "../domain/request-facts.ts";
import type { IngressParts } from "../ingress-parts.ts";
import { answerHeaders, type Exchange, openExchange } from "./exchange.ts";
import { reportExchange } from "./report-exchange.ts";

/**
 * One request from its first byte to the last of its answer: find the endpoint, take a place, read the body,
 * send it into the pipeline, stream what comes back. Whatever goes wrong is answered in the dialect of the
 * endpoint; this is the one boundary at which errors of the ingress become answers.
 * @param listener port of a VirtualGateway that the request came by. @default the gateway's own address
 */
export async function handleGatewayRequest(
  parts: IngressParts,
  request: IncomingMessage,
  response: ServerResponse,
  listener?: number,
): Promise<void> {
  const exchange = openExchange(parts.tracing, parts.snapshots.current, request, response, listener);
  const entered = parts.openRequests.enter(exchange.snapshot.gateway.maxOpenRequests);
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
    outcome = answerOwnError(exchange, error);
  } finally {
    if (entered) parts.openRequests.leave();
    parts.metrics.openRequests(-1);
  }
  reportExchange(parts, exchange, outcome);
}

async function passOn(parts: IngressParts, exchange: Exchange): Promise<ReplyOutcome> {
  const { request, response, url, snapshot, match, requestId, trace } = exchange;
  if (match === undefined) throw notServed(request.method ?? "GET", url.pathname);
  parts.breakOff.check();
  const { endpoint, routed } = match;
  const forwards = endpoint.operation === "http";
  if (!parts.bus.connected) {
    throw new SluiceError("bus_unavailable", "The gateway's bus is not reachable.", { retryAfterMs: 1000 });
  }
  const { gateway, revision } = snapshot;
  const body = await bodyOf(exchange, endpoint, gateway, parts.breakOff);
  const { model, stream, maxOutputTokens, prompt, feedback } = readRequestFacts(
    endpoint,
    body,
    gateway.maxJsonDepth,
    promptRulesOf(exchange),
  );
  exchange.model = model;
  exchange.stream = stream;
  const keyHeader = keyHeaderOf(snapshot, routed?.route);
  const access = accessPolicyOf(snapshot, routed?.route);
  const credential = credentialSent(exchange, access, keyHeader);
  const choosing = clientFactsFor(snapshot, model, routed?.route);
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
      ...(routed === undefined ? {} : { route: routed.route.name }),
      ...(routed !== undefined && forwards ? { forwarded: forwardedOf(exchange, routed, keyHeader) } : {}),
      ...(prompt === undefined ? {} : { prompt }),
      ...(feedback === undefined ? {} : { feedback }),
      bodyBytes: body.length,
      ...(maxOutputTokens === undefined ? {} : { maxOutputTokens }),
      headers: headersToPassOn(request.headers),
      decisions: [],
      ...(credential === undefined ? {} : { credential }),
      ...(access?.authorization === undefined
        ? {}
        : { clientRequest: clientRequestOf(headOf(exchange), access.authorization.headers) }),
      ...(choosing === undefined ? {} : { choosing: clientRequestOf(headOf(exchange), choosing.headers) }),
      ...(trace.traceparent === undefined ? {} : { traceparent: trace.traceparent }),
      ...(trace.tracestate === undefined ? {} : { tracestate: trace.tracestate }),
    },
    // What feedback says is in the envelope.
    body: feedback === undefined ? body : Buffer.alloc(0),
    timeoutMs: gateway.requestTimeoutMs,
  });
  return await sendReply(reply, {
    request,
    response,
    headers: answerHeaders(exchange),
    stream: forwards ? "as-replied" : stream,
    mayBeEmpty: forwards,
    comments: stream && endpoint.streamFraming === "sse",
    keepAliveMs: parts.config.keepAliveMs,
    timeoutMs: gateway.requestTimeoutMs,
    breakOff: parts.breakOff,
    wording: wordingOf(exchange, endpoint),
  });
}

async function bodyOf(
  exchange: Exchange,
  endpoint: Endpoint,
  limits: GatewayLimits,
  breakOff: BreakOff,
): Promise<Buffer> {
  if (endpoint.operation === "models") return Buffer.alloc(0);
  const { request } = exchange;
  if (endpoint.operation !== "http") refuseOtherThanJson(request);
  const { maxBodyBytes, uploadTimeoutMs: timeoutMs } = limits;
  const maxBytes =
    endpoint.operation === "feedback" ? Math.min(maxFeedbackBytes, maxBodyBytes) : maxBodyBytes;
  const body = await readBody(request, exchange.response, { maxBytes, timeoutMs, breakOff });
  exchange.bodyBytes = body.length;
  return body;
}

/** @throws SluiceError `unsupported_media_type` */
function refuseOtherThanJson(request: IncomingMessage): void {
  const { "content-type": type, "content-encoding": encoding } = request.headers;
  if (type !== undefined && !/^application\/([\w.+-]+\+)?json\b/i.test(type)) {
    throw new SluiceError("unsupported_media_type", "The request body must be application/json.", {
      parameter: "content-type",
    });
  }
  if (encoding !== undefined && encoding.toLowerCase() !== "identity") {
    throw new SluiceError("unsupported_media_type", "The request body must not be compressed.", {
      parameter: "content-encoding",
    });
  }
}

/** What the destination of the route is sent. */
function forwardedOf(
  { request, url }: Exchange,
  { route, matchedPath }: RouteMatch,
  keyHeader: string | undefined,
): ForwardedRequest {
  const rewrite = route.target.type === "http" ? route.target.path : undefined;
  const path = rewrittenPath(url.pathname, matchedPath, rewrite);
  const forwarded = forwardedRequest(request.method ?? "GET", request.headers, path, url.search);
  // The gateway's own key is not for the destination.
  if (keyHeader !== undefined) delete forwarded.headers[keyHeader];
  return forwarded;
}

/** What decides about the prompt template of a request. */
function promptRulesOf({ snapshot, match, request }: Exchange): PromptRules {
  return {
    routePrompt: match?.routed?.route.prompt,
    templates: snapshot.promptTemplates,
    headers: request.headers,
  };
}

/** The header in which clients of a route send their key, where its policy names one. */
function keyHeaderOf(snapshot: Snapshot, route: HttpRoute | undefined): string | undefined {
  return route?.auth.type === "api_key" ? snapshot.apiKeyPolicies[route.auth.policy]?.header : undefined;
}

/** What the client has sent to say who it is, from where those who may use the route put it. */
function credentialSent(
  { request: { headers }, url: { searchParams: query } }: Exchange,
  access: AccessPolicy | undefined,
  keyHeader: string | undefined,
): string | undefined {
  if (access !== undefined) return credentialByPolicy(access, headers, query);
  return keyHeader === undefined ? credentialOf(headers, query) : credentialIn(headers, keyHeader);
}

function headOf({ request: { method = "GET", headers, socket }, url }: Exchange): RequestHead {
  return { method, path: url.pathname, headers, remoteAddress: socket.remoteAddress };
}

function wordingOf(
  { dialect: name, requestId }: Exchange,
  { streamFraming: framing }: Endpoint,
): ReplyWording {
  const dialect = getDialect(name);
  return {
    error: (error) => JSON.stringify(dialect.writeError(error, requestId)),
    streamError: (error, started) => dialect.writeStreamError(error, requestId, { framing, started }),
    errorOfReply: ({ status, headers }, body) =>
      dialect.toProviderError(status, headers, jsonOrText(body.toString("utf8"))),
  };
}

function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function answerOwnError(exchange: Exchange, error: SluiceError): ReplyOutcome {
  const { request, response, dialect, requestId, url } = exchange;
  const headers = answerHeaders(exchange);
  if (error.code === "method_not_allowed") headers.allow = allowedMethods(url.pathname).join(", ");
  const body = JSON.stringify(getDialect(dialect).writeError(error, requestId));
  return { status: error.status, bytes: answerWithError(request, response, { error, body, headers }), error };
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
