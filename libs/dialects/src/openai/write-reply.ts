import type { CanonicalCandidate, CanonicalChatReply } from "../canonical-reply.ts";
import type { ReplyFacts } from "../dialect.ts";
import { writeOpenaiFinishReason } from "./finish-reason.ts";
import { writeOpenaiLogprobs } from "./logprobs.ts";
import { writeOpenaiToolCall } from "./tool-call.ts";
import { writeOpenaiUsage } from "./usage.ts";

/** What every object of a reply says about it. */
export function openaiReplyHead(facts: ReplyFacts, model: string | undefined) {
  return {
    id: facts.replyId ?? `chatcmpl-${facts.requestId}`,
    created: Math.floor(facts.createdAtMs / 1000),
    model: model ?? facts.model,
  };
}

function writeChoice(candidate: CanonicalCandidate) {
  let text: string | undefined;
  let refusal: string | undefined;
  let thinking: string | undefined;
  const calls: unknown[] = [];
  for (const part of candidate.content) {
    switch (part.type) {
      case "text":
        text = (text ?? "") + part.text;
        break;
      case "refusal":
        refusal = (refusal ?? "") + part.text;
        break;
      case "thinking":
        thinking = (thinking ?? "") + part.text;
        break;
      case "tool-call":
        calls.push(writeOpenaiToolCall(part, { withSignature: true }));
        break;
      case "redacted-thinking":
        // Nothing of it can be shown, and OpenAI's format has no place to carry it.
        break;
    }
  }
  return {
    index: candidate.index,
    message: {
      role: "assistant" as const,
      content: text ?? (calls.length > 0 || refusal !== undefined ? null : ""),
      refusal: refusal ?? null,
      ...(thinking === undefined ? {} : { reasoning_content: thinking }),
      ...(calls.length === 0 ? {} : { tool_calls: calls }),
    },
    logprobs: candidate.logprobs === undefined ? null : writeOpenaiLogprobs(candidate.logprobs),
    finish_reason: writeOpenaiFinishReason(candidate.finishReason),
  };
}

/** Writes the answer to `POST /v1/chat/completions`. Thinking goes into `reasoning_content`, as is customary. */
export function writeOpenaiReply(reply: CanonicalChatReply, facts: ReplyFacts) {
  const head = openaiReplyHead(facts, reply.model);
  return {
    id: head.id,
    object: "chat.completion" as const,
    created: head.created,
    model: head.model,
    choices: reply.candidates.map(writeChoice),
    ...(reply.usage === undefined ? {} : { usage: writeOpenaiUsage(reply.usage) }),
  };
}
