import type { Envelope } from "@sluice/contracts/envelope";
import { SluiceError } from "@sluice/contracts/sluice-error";
import type { Usage } from "@sluice/contracts/usage";
import type { CanonicalEmbeddingsRequest } from "@sluice/dialects/canonical-embeddings";
import type { CanonicalChatRequest } from "@sluice/dialects/canonical-request";
import type { CanonicalStreamEvent } from "@sluice/dialects/canonical-stream";
import type { Dialect, ReplyFacts, StreamWriter } from "@sluice/dialects/dialect";
import { createOutputText } from "@sluice/dialects/output-text";
import { createSseSplitter, type SseEvent } from "@sluice/dialects/sse-splitter";
import { parseProviderJson } from "./provider-json.ts";
import { textOfReply } from "./reply-text.ts";
import type { ReplyAccount, ReplyTranslation, StreamTranslation } from "./reply-translation.ts";

export interface TranslateOptions {
  client: Dialect;
  provider: Dialect;
  facts: ReplyFacts;
  /** What writes the client's stream. @default one of the client's dialect */
  writer?: StreamWriter | undefined;
}

/** What an envelope says of the reply that is to be written. */
export function replyFactsOf(envelope: Envelope, request?: CanonicalChatRequest): ReplyFacts {
  return {
    requestId: envelope.requestId,
    model: envelope.model,
    createdAtMs: envelope.receivedAtMs,
    includeUsage: request?.includeUsage ?? false,
    framing: envelope.streamFraming,
  };
}

/** Replies of a chat from one dialect to another, by way of the canonical form. */
export function translateChat(options: TranslateOptions): ReplyTranslation {
  const { client, provider, facts } = options;
  return {
    plain: (body) => {
      const reply = provider.readChatReply(parseProviderJson(body));
      return {
        body: Buffer.from(JSON.stringify(client.writeChatReply(reply, facts))),
        account: {
          usage: reply.usage,
          usageIsPartial: false,
          responseModel: reply.model,
          providerReplyId: reply.id,
          failed: false,
          ...textOfReply(reply),
        },
      };
    },
    stream: () => translateStream(options),
  };
}

/** Replies of embeddings, which are never streamed. */
export function translateEmbeddings(
  { client, provider, facts }: TranslateOptions,
  request: CanonicalEmbeddingsRequest,
): ReplyTranslation {
  return {
    plain: (body) => {
      const reply = provider.readEmbeddingsReply(parseProviderJson(body));
      return {
        body: Buffer.from(JSON.stringify(client.writeEmbeddingsReply(reply, request, facts))),
        account: {
          usage: reply.usage,
          usageIsPartial: false,
          responseModel: reply.model,
          providerReplyId: undefined,
          failed: false,
          outputText: "",
          outputChars: 0,
        },
      };
    },
    stream: () => {
      throw new SluiceError("invalid_request", "Embeddings can't be streamed.", { parameter: "stream" });
    },
  };
}

function translateStream({ client, provider, facts, writer: own }: TranslateOptions): StreamTranslation {
  const splitter = createSseSplitter();
  const reader = provider.createStreamReader();
  const writer = own ?? client.createStreamWriter(facts);
  const output = createOutputText();
  let usage: Usage | undefined;
  let usageIsFinal = false;
  let responseModel: string | undefined;
  let providerReplyId: string | undefined;
  let failure: SluiceError | undefined;

  const write = (events: CanonicalStreamEvent[]): string => {
    let text = "";
    for (const event of events) {
      if (event.type === "error") {
        failure = event.error;
        break;
      }
      if (event.type === "start") {
        responseModel = event.model;
        providerReplyId = event.id;
        usage = event.usage ?? usage;
      } else if (event.type === "usage") {
        usage = event.usage;
        usageIsFinal = true;
      } else {
        output.add(textOfEvent(event));
      }
      text += writer.write(event);
    }
    return text;
  };
  const read = (events: SseEvent[]): string => {
    let text = "";
    for (const { event, data } of events) if (data !== undefined) text += write(reader.push({ event, data }));
    return text;
  };

  return {
    push: (piece) => Buffer.from(read(splitter.push(piece))),
    finish: () => {
      const end = splitter.finish();
      if (end.cut) throw new SluiceError("provider_stream_cut", "The provider broke off its reply.");
      return Buffer.from(read(end.events) + write(reader.finish()) + writer.end());
    },
    reported: () => failure,
    failure: () => failure,
    account: (): ReplyAccount => ({
      usage,
      usageIsPartial: !usageIsFinal,
      responseModel,
      providerReplyId,
      failed: failure !== undefined,
      outputText: output.text(),
      outputChars: output.chars(),
    }),
  };
}

function textOfEvent(event: CanonicalStreamEvent): string {
  switch (event.type) {
    case "text":
    case "refusal":
    case "thinking":
      return event.text;
    case "tool-call-start":
      return event.name;
    case "tool-call-arguments":
      return event.json;
    default:
      return "";
  }
}
