import type { IdentifiedEnvelope } from "@sluice/contracts/envelope";
import { SluiceError } from "@sluice/contracts/sluice-error";
import { getDialect } from "@sluice/dialects/dialects";
import type { ForwardTarget } from "@sluice/resources/find-target";
import type { ResponseChanges } from "@sluice/resources/message-changes";
import type { Transformation } from "@sluice/resources/snapshot";
import type { Dispatcher } from "undici";
import { refuseOtherEncodings } from "./body-conversion.ts";
import { bodyText } from "./body-text.ts";
import { knownCall, knownEndpoint } from "./known-call.ts";
import { passThrough } from "./pass-through.ts";
import type { ReplyTranslation } from "./reply-translation.ts";
import { RewritingError } from "./rewriting-error.ts";
import { requestNotRewritten, rewriteMessage } from "./rewritten-message.ts";

/** A request as its destination gets it. */
export interface DestinationRequest {
  origin: string;
  method: Dispatcher.HttpMethod;
  /** With the query. */
  path: string;
  headers: Record<string, string>;
  /** Empty for none. */
  body: string | Uint8Array;
  /** The body's text; empty for one that is none. */
  text: string;
}

/** What is sent to the destination, and what is known of it. */
export interface ForwardPlan {
  request: DestinationRequest;
  /** Set where it is a call of a model as a known provider takes it: the call's own envelope. */
  known: IdentifiedEnvelope | undefined;
  /** How the replies of a known call are read. */
  replies: ReplyTranslation | undefined;
  response: ResponseChanges | undefined;
}

export interface ForwardPlanOptions {
  envelope: IdentifiedEnvelope;
  target: ForwardTarget;
  transformation: Transformation | undefined;
  /** Where to connect, and the host that is meant. */
  connection: { origin: string; host: string };
  /** Headers that the gateway adds: its own credential, or what the client's Secret holds for the destination. */
  ownHeaders: Record<string, string>;
  /** The client's body. */
  body: Uint8Array;
}

/** A destination that answers in an encoding could neither be inspected nor read for what it used. */
const plainEncoding = "identity";

/**
 * Plans how a request is forwarded: the client's own, rewritten by the route's policy, with the headers of the gateway.
 * @throws SluiceError `invalid_request` where it can't be rewritten, `unsupported_feature` for a stream whose reply is to
 *   be rewritten as a whole
 */
export function planForward(options: ForwardPlanOptions): ForwardPlan {
  const { envelope, target, transformation, connection, ownHeaders } = options;
  const { forwarded } = envelope;
  const route = target.route.target;
  if (forwarded === undefined || route.type !== "http")
    throw new Error("the request is not one to be forwarded");
  const isText = transformation?.request !== undefined || isTextual(forwarded.headers["content-type"]);
  // Not relative to a base: a path may begin with two slashes, and must not be taken for a host.
  const url = new URL(`http://destination${target.upstream.path ?? forwarded.path}`);
  const { method } = forwarded;
  const endpoint = knownEndpoint(method, url.pathname + url.search);
  if (endpoint !== undefined) refuseEncoded(forwarded.headers);
  const rewritten = rewrite(target.route.name, transformation, options.body, {
    headers: { ...forwarded.headers, ...ownHeaders },
    query: url.searchParams,
    body: isText || endpoint !== undefined ? bodyText(options.body) : "",
  });
  const query =
    rewritten.query.toString() === url.searchParams.toString() ? url.search : withMark(rewritten.query);
  const called = endpoint && knownCall(envelope, endpoint, rewritten.body);
  const known = called && withOwnModel(called, target);
  const path = url.pathname + (known?.streamFraming === "json-array" ? withEvents(query) : query);
  const response = transformation?.response;
  if (known?.stream === true && response?.body !== undefined) {
    throw new SluiceError(
      "unsupported_feature",
      "Replies of this route are rewritten as a whole, so they can't be streamed.",
      {
        parameter: "stream",
      },
    );
  }
  return {
    request: {
      origin: connection.origin,
      method: method as Dispatcher.HttpMethod,
      path,
      headers: {
        ...rewritten.headers,
        host: route.host ?? connection.host,
        "accept-encoding": plainEncoding,
      },
      body: bodyOf(known, transformation, rewritten.body, options.body),
      text: rewritten.body,
    },
    known,
    replies: known && repliesOf(known, rewritten.body),
    response,
  };
}

function rewrite(
  route: string,
  transformation: Transformation | undefined,
  bytes: Uint8Array,
  message: Parameters<typeof rewriteMessage>[1],
): ReturnType<typeof rewriteMessage> {
  if (transformation?.request === undefined) return message;
  try {
    refuseOtherEncodings(transformation.request.body, bytes);
    return rewriteMessage(transformation.request, message);
  } catch (error) {
    if (error instanceof RewritingError) throw requestNotRewritten(route, error);
    throw error;
  }
}

/** @throws SluiceError `unsupported_media_type`: what is booked has to be read */
function refuseEncoded({ "content-encoding": encoding = "identity" }: Record<string, string>): void {
  if (encoding.toLowerCase() === "identity") return;
  throw new SluiceError("unsupported_media_type", "The request body must not be compressed.", {
    parameter: "content-encoding",
  });
}

/** Where the backend says which model is asked for, that one is, whatever the client names. */
function withOwnModel(known: IdentifiedEnvelope, { upstream }: ForwardTarget): IdentifiedEnvelope {
  return upstream.model === undefined ? known : { ...known, model: upstream.model };
}

/** Gemini's streams are read as events; the client gets them in the form that it asked for. */
function withEvents(query: string): string {
  const parameters = new URLSearchParams(query);
  parameters.set("alt", "sse");
  return `?${parameters}`;
}

/** The client's bytes, unless they are rewritten. */
function bodyOf(
  known: IdentifiedEnvelope | undefined,
  transformation: Transformation | undefined,
  text: string,
  bytes: Uint8Array,
): string | Uint8Array {
  if (known !== undefined) return withUsageAsked(known, text);
  return transformation?.request?.body === undefined ? bytes : text;
}

/** JSON, XML, forms and other text; where nothing is said, JSON is likely. */
function isTextual(contentType: string | undefined): boolean {
  return (
    contentType === undefined ||
    /^(text\/|application\/([\w.+-]*\+)?(json|xml|x-www-form-urlencoded)\b)/i.test(contentType)
  );
}

function withMark(query: URLSearchParams): string {
  return query.size === 0 ? "" : `?${query}`;
}

/** The same call, but that the provider is to report what a stream used. */
function withUsageAsked({ dialect, operation, model, stream }: IdentifiedEnvelope, body: string): string {
  if (operation !== "chat" && operation !== "embeddings") return body;
  return getDialect(dialect).preparePassThroughBody(body, { operation, providerModel: model, stream });
}

function repliesOf(
  { dialect: name, stream, streamFraming }: IdentifiedEnvelope,
  body: string,
): ReplyTranslation {
  const dialect = getDialect(name);
  return passThrough({
    dialect,
    hideUsage: stream && !dialect.clientAskedForUsage(body),
    framing: streamFraming,
  });
}
