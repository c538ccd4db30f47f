import type { AssistantPart } from "../canonical-content.ts";
import type { CanonicalChatReply } from "../canonical-reply.ts";
import type { ReplyFacts } from "../dialect.ts";
import { unsigned, writeSignature } from "../thought-signature.ts";
import { parseArguments } from "../tool-call-arguments.ts";
import { writeAnthropicStopReason } from "./stop-reason.ts";
import { writeAnthropicUsage } from "./usage.ts";

/** What a message says about itself, whole or at the start of a stream. */
export function anthropicMessageHead(facts: ReplyFacts, model: string | undefined) {
  return {
    id: facts.replyId ?? `msg_${facts.requestId.replaceAll("-", "")}`,
    type: "message" as const,
    role: "assistant" as const,
    model: model ?? facts.model,
    container: null,
    diagnostics: null,
  };
}

/** Why a refusing model refused is not known. */
export function stopDetails(stopReason: string) {
  return stopReason === "refusal" ? { type: "refusal" as const, category: null, explanation: null } : null;
}

type Block = Record<string, unknown>;

function writePart(part: AssistantPart): Block[] {
  switch (part.type) {
    case "text":
    case "refusal":
      return [{ type: "text", text: part.text, citations: null }];
    case "thinking":
      return [
        {
          type: "thinking",
          thinking: part.text,
          signature: writeSignature(part.signature ?? unsigned, "anthropic"),
        },
      ];
    case "redacted-thinking":
      return [
        {
          type: "redacted_thinking",
          data:
            part.from === "anthropic"
              ? part.data
              : writeSignature({ from: part.from, value: part.data }, "anthropic", "redacted"),
        },
      ];
    case "tool-call": {
      const call = {
        type: "tool_use",
        id: part.id,
        caller: { type: "direct" },
        name: part.name,
        input: parseArguments(part.argumentsJson),
      };
      // A call has no place for a signature; thinking without text before it carries it there and back.
      return part.signature === undefined
        ? [call]
        : [{ type: "thinking", thinking: "", signature: writeSignature(part.signature, "anthropic") }, call];
    }
  }
}

/** Writes the answer to `POST /v1/messages`. */
export function writeAnthropicReply(reply: CanonicalChatReply, facts: ReplyFacts) {
  const [candidate] = reply.candidates;
  const stopReason = writeAnthropicStopReason(
    candidate?.finishReason ?? "other",
    candidate?.stopSequence !== undefined,
  );
  return {
    ...anthropicMessageHead(facts, reply.model),
    content: (candidate?.content ?? []).flatMap(writePart),
    stop_reason: stopReason,
    stop_sequence: candidate?.stopSequence ?? null,
    stop_details: stopDetails(stopReason),
    usage: writeAnthropicUsage(reply.usage),
  };
}
