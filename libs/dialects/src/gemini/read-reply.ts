import { SluiceError } from "@sluice/contracts/sluice-error";
import type { AssistantPart } from "../canonical-content.ts";
import type { CanonicalCandidate, CanonicalChatReply } from "../canonical-reply.ts";
import { checkProviderShape } from "../check-shape.ts";
import { presentFields } from "../present-fields.ts";
import { makeToolCallId } from "../tool-call-id.ts";
import { geminiFailure, readGeminiFinishReason } from "./finish-reason.ts";
import { readGeminiLogprobs } from "./logprobs.ts";
import { type GeminiCandidate, type GeminiReplyPart, geminiReplySchema } from "./reply-shape.ts";
import { readGeminiUsage } from "./usage.ts";

/** The model answered with an image or with sound, which no other dialect's text answer can hold. */
export function mediaInReply(): SluiceError {
  return new SluiceError(
    "unsupported_feature",
    "The model answered with media, which cannot be translated; ask it through Gemini's own API.",
  );
}

function readPart(
  part: GeminiReplyPart,
  position: { replyId: string | undefined; candidate: number; call: number },
): AssistantPart[] {
  if (part.functionCall != null) {
    const { id, name, args } = part.functionCall;
    return [
      {
        type: "tool-call",
        id: id ?? makeToolCallId(position.replyId, position.candidate, position.call),
        name,
        argumentsJson: JSON.stringify(args ?? {}),
        ...(part.thoughtSignature == null
          ? {}
          : { signature: { from: "gemini" as const, value: part.thoughtSignature } }),
      },
    ];
  }
  if (part.inlineData != null) throw mediaInReply();
  if (part.text == null || part.text === "") return [];
  return [part.thought === true ? { type: "thinking", text: part.text } : { type: "text", text: part.text }];
}

function readCandidate(
  candidate: GeminiCandidate,
  position: number,
  replyId: string | undefined,
): CanonicalCandidate {
  const index = candidate.index ?? position;
  const content: AssistantPart[] = [];
  let callCount = 0;
  for (const part of candidate.content?.parts ?? []) {
    for (const read of readPart(part, { replyId, candidate: index, call: callCount })) {
      const last = content.at(-1);
      if (read.type === "tool-call") callCount += 1;
      // A reply comes in as many parts as the model liked; neighbours are one text.
      if ((read.type === "text" || read.type === "thinking") && last?.type === read.type)
        last.text += read.text;
      else content.push(read);
    }
  }
  const failure = geminiFailure(candidate.finishReason, content.length > 0);
  if (failure !== undefined) throw failure;
  return {
    index,
    content,
    finishReason: readGeminiFinishReason(candidate.finishReason ?? "OTHER", callCount > 0),
    ...presentFields({ logprobs: readGeminiLogprobs(candidate.logprobsResult) }),
  };
}

/**
 * Reads a whole reply. A prompt that Google blocked is an empty answer that was filtered.
 * @throws SluiceError `provider_invalid_reply`, `unsupported_feature` for an answer in images.
 */
export function readGeminiReply(json: unknown): CanonicalChatReply {
  const reply = checkProviderShape(geminiReplySchema, json);
  const candidates = (reply.candidates ?? []).map((candidate, position) =>
    readCandidate(candidate, position, reply.responseId ?? undefined),
  );
  if (candidates.length === 0) {
    if (reply.promptFeedback?.blockReason == null) {
      throw new SluiceError("provider_invalid_reply", "The provider's reply holds no answer.");
    }
    candidates.push({ index: 0, content: [], finishReason: "content-filter" });
  }
  return {
    candidates,
    ...presentFields({
      id: reply.responseId,
      model: reply.modelVersion,
      usage: readGeminiUsage(reply.usageMetadata),
    }),
  };
}
