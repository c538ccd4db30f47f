import type { IdentifiedEnvelope } from "@sluice/contracts/envelope";
import { noUsage } from "@sluice/contracts/usage";
import type { CanonicalChatReply } from "@sluice/dialects/canonical-reply";
import type { Dialect, ReplyFacts } from "@sluice/dialects/dialect";
import { getDialect } from "@sluice/dialects/dialects";
import type { LastResort } from "@sluice/resources/last-resort";

export interface LastResortReply {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/**
 * The reply that stands in for those of all targets, as the client's dialect has it: whole, or as a stream.
 * @param body Text of the client's body.
 */
export function lastResortReply(
  envelope: IdentifiedEnvelope,
  body: string,
  { text, status }: LastResort,
): LastResortReply {
  const client = getDialect(envelope.dialect);
  const facts: ReplyFacts = {
    requestId: envelope.requestId,
    model: envelope.model,
    createdAtMs: envelope.receivedAtMs,
    includeUsage: envelope.stream && client.clientAskedForUsage(body),
    framing: envelope.streamFraming,
  };
  const isEvents = envelope.stream && envelope.streamFraming === "sse";
  return {
    status,
    headers: {
      "content-type": isEvents ? "text/event-stream; charset=utf-8" : "application/json; charset=utf-8",
      "x-sluice-backend": "none",
      "x-sluice-last-resort": "true",
    },
    body: envelope.stream ? streamed(client, facts, text) : plain(client, facts, text),
  };
}

function plain(client: Dialect, facts: ReplyFacts, text: string): string {
  const reply: CanonicalChatReply = {
    candidates: [{ index: 0, content: [{ type: "text", text }], finishReason: "stop" }],
    usage: noUsage,
  };
  return JSON.stringify(client.writeChatReply(reply, facts));
}

function streamed(client: Dialect, facts: ReplyFacts, text: string): string {
  const writer = client.createStreamWriter(facts);
  return [
    writer.write({ type: "start", usage: noUsage }),
    writer.write({ type: "text", candidate: 0, text }),
    writer.write({ type: "finish", candidate: 0, finishReason: "stop" }),
    writer.write({ type: "usage", usage: noUsage }),
    writer.end(),
  ].join("");
}
