import type { Envelope } from "@sluice/contracts/envelope";
import { SluiceError } from "@sluice/contracts/sluice-error";
import type { Dialect, RequestTarget } from "@sluice/dialects/dialect";
import { getDialect } from "@sluice/dialects/dialects";
import type { ModelTarget } from "@sluice/resources/find-target";
import { followed } from "./followed-stream.ts";
import { passThrough } from "./pass-through.ts";
import type { ReplyTranslation } from "./reply-translation.ts";
import type { StreamSoFar } from "./stream-so-far.ts";
import { replyFactsOf, translateChat, translateEmbeddings } from "./translate.ts";

/** What is sent to the provider, and how its replies become the client's. */
export interface CallPlan {
  /** Path below the backend's base URL, with the query. */
  path: string;
  body: string;
  replies: ReplyTranslation;
  /** Errors of the provider may be passed on as they are. */
  sameDialect: boolean;
}

/**
 * Plans the call of a request. Where client and provider speak the same dialect the body is the client's,
 * but for the model's name and the wish for usage; otherwise, and where the conversation holds another
 * provider's thoughts, it is translated.
 * @param soFar Takes what goes out, where another call may have to go on with it.
 * @throws SluiceError for what the provider's dialect can't say
 */
export function planCall(
  envelope: Envelope,
  body: string,
  found: ModelTarget,
  soFar?: StreamSoFar,
): CallPlan {
  const client = getDialect(envelope.dialect);
  const provider = getDialect(found.backend.provider);
  const sameDialect = client === provider && provider.canPassThrough(body);
  if (envelope.operation === "models" || envelope.operation === "feedback") {
    throw new SluiceError("internal", "What auth answers itself is not routed.");
  }
  const target = {
    operation: envelope.operation,
    providerModel: found.providerModel,
    stream: envelope.stream,
  };
  if (sameDialect) {
    const replies = passThrough({
      dialect: provider,
      hideUsage: envelope.stream && !provider.clientAskedForUsage(body),
      framing: envelope.streamFraming,
    });
    return {
      path: pathOf(provider.requestTarget(target)),
      body: provider.preparePassThroughBody(body, target),
      replies: soFar === undefined ? replies : followed(replies, provider, soFar),
      sameDialect,
    };
  }
  return envelope.operation === "chat"
    ? planTranslatedChat(envelope, body, { client, provider, found, soFar })
    : planTranslatedEmbeddings(envelope, body, { client, provider, found });
}

interface Sides {
  client: Dialect;
  provider: Dialect;
  found: ModelTarget;
  soFar?: StreamSoFar | undefined;
}

function planTranslatedChat(
  envelope: Envelope,
  body: string,
  { client, provider, found, soFar }: Sides,
): CallPlan {
  const request = client.readChatRequest(parseClientJson(body), envelope);
  const written = provider.writeChatRequest(request, { providerModel: found.providerModel });
  const facts = replyFactsOf(envelope, request);
  return {
    path: pathOf(written),
    body: JSON.stringify(written.body),
    replies: translateChat({ client, provider, facts, writer: soFar }),
    sameDialect: false,
  };
}

function planTranslatedEmbeddings(
  envelope: Envelope,
  body: string,
  { client, provider, found }: Sides,
): CallPlan {
  const request = client.readEmbeddingsRequest(parseClientJson(body), envelope);
  const written = provider.writeEmbeddingsRequest(request, { providerModel: found.providerModel });
  return {
    path: pathOf(written),
    body: JSON.stringify(written.body),
    replies: translateEmbeddings({ client, provider, facts: replyFactsOf(envelope) }, request),
    sameDialect: false,
  };
}

/** With the query. */
export function pathOf({ path, query }: RequestTarget): string {
  return query === undefined ? path : `${path}?${new URLSearchParams(query)}`;
}

/** The ingress has refused what is malformed; only a guard's own fault could bring something else here. */
function parseClientJson(body: string): unknown {
  return JSON.parse(body);
}
