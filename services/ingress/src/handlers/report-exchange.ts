import { genAiAttributes, generalAttributes, sluiceAttributes } from "@sluice/telemetry/gen-ai-attributes";
import type { ReplyOutcome } from "../adapters/reply-sink.ts";
import type { IngressParts } from "../ingress-parts.ts";
import type { Exchange } from "./exchange.ts";

/** Longest model name that is logged: it is the client's text. */
const loggedModelChars = 128;

/** Ends the span of a request and writes its one log line. */
export function reportExchange(parts: IngressParts, exchange: Exchange, outcome: ReplyOutcome): void {
  const { requestId, match, dialect, model, stream, span, request, bodyBytes } = exchange;
  span.setAttributes({
    [generalAttributes.httpResponseStatusCode]: outcome.status,
    [genAiAttributes.operationName]: match?.endpoint.operation,
    [genAiAttributes.requestStream]: stream,
    [sluiceAttributes.bodyBytes]: bodyBytes,
  });
  if (outcome.error !== undefined) {
    parts.announced.countError();
    span.recordError(outcome.error);
  }
  span.end();
  parts.logger.info(
    {
      requestId,
      method: request.method,
      route: match?.route,
      status: outcome.status,
      errorCode: outcome.error?.code,
      dialect,
      model: model?.slice(0, loggedModelChars),
      stream,
      bodyBytes,
      bytes: outcome.bytes,
      durationMs: Math.round(performance.now() - exchange.startedMs),
      firstByteMs: outcome.firstByteMs === undefined ? undefined : Math.round(outcome.firstByteMs),
    },
    "request",
  );
}
