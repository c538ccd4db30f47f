import type { AssistantPart } from "../canonical-content.ts";
import type { CanonicalChatReply } from "../canonical-reply.ts";
import type { ReplyFacts } from "../dialect.ts";
import { writeSignature } from "../thought-signature.ts";
import { parseArguments } from "../tool-call-arguments.ts";
import { writeGeminiFinishReason } from "./finish-reason.ts";
import { writeGeminiLogprobs } from "./logprobs.ts";
import { writeGeminiUsage } from "./usage.ts";

type Part = Record<string, unknown>;

export function writeGeminiPart(part: AssistantPart): Part {
  switch (part.type) {
    case "text":
    case "refusal":
      return { text: part.text };
    case "thinking":
      return {
        text: part.text,
        thought: true,
        ...(part.signature === undefined
          ? {}
          : { thoughtSignature: writeSignature(part.signature, "gemini") }),
      };
    case "redacted-thinking":
      return {
        text: "",
        thought: true,
        thoughtSignature: writeSignature({ from: part.from, value: part.data }, "gemini", "redacted"),
      };
    case "tool-call":
      return {
        functionCall: { id: part.id, name: part.name, args: parseArguments(part.argumentsJson) },
        ...(part.signature === undefined
          ? {}
          : { thoughtSignature: writeSignature(part.signature, "gemini") }),
      };
  }
}

/** What every piece of a reply says about it. */
export function geminiReplyTail(facts: ReplyFacts, model: string | undefined) {
  return { modelVersion: model ?? facts.model, responseId: facts.replyId ?? facts.requestId };
}

/** Writes the answer to `:generateContent`. */
export function writeGeminiReply(reply: CanonicalChatReply, facts: ReplyFacts) {
  return {
    candidates: reply.candidates.map((candidate) => ({
      content: { parts: candidate.content.map(writeGeminiPart), role: "model" },
      finishReason: writeGeminiFinishReason(candidate.finishReason),
      index: candidate.index,
      ...(candidate.logprobs === undefined
        ? {}
        : { logprobsResult: writeGeminiLogprobs(candidate.logprobs) }),
    })),
    ...(reply.usage === undefined ? {} : { usageMetadata: writeGeminiUsage(reply.usage) }),
    ...geminiReplyTail(facts, reply.model),
  };
}
